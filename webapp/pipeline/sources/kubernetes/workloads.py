"""What has pods in a namespace, for whoever chooses what to read."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from webapp.pipeline.kubernetes.kubectl import Kubectl
from webapp.pipeline.kubernetes.names import WORKLOADS
from webapp.pipeline.kubernetes.trouble import ClusterTrouble
from webapp.pipeline.values import GatherLimits, Host

MOST = "200"

_LASTING = ("deployment", "statefulset", "daemonset")


@dataclass(frozen=True)
class Workload:
    """`name` as a LogSource takes it; `state` as kubectl tells it: 2/2 ready, Running, …"""

    name: str
    state: str


def list_workloads(host: Host, limits: GatherLimits) -> list[Workload]:
    """Those that last, then pods. Raises ClusterTrouble."""
    assert host.cluster, "it is made with it"
    kubectl = Kubectl(host, limits, time.monotonic() + limits.timeout_seconds)
    namespace = host.cluster.namespace
    with ThreadPoolExecutor(1 + len(_LASTING), "workloads") as pool:
        lasting = [pool.submit(_lasting, kubectl, namespace, kind) for kind in _LASTING]
        pods = pool.submit(_listed, kubectl, "api", "v1", "namespaces", namespace, "pods")
        named = [workload for one in lasting for workload in one.result()]
        return [*named, *map(_pod, pods.result())]


def _lasting(kubectl: Kubectl, namespace: str, kind: str) -> list[Workload]:
    """None where the login may not list them."""
    api, plural = WORKLOADS[kind]
    try:
        return list(_workloads(kind, _listed(kubectl, *api, "namespaces", namespace, plural)))
    except ClusterTrouble:
        return []


def _listed(kubectl: Kubectl, *path: str) -> list[Mapping[str, Any]]:
    try:
        return list(kubectl.ask(*path, query={"limit": MOST})["items"])
    except (KeyError, TypeError):
        raise ClusterTrouble("what answers is no API server of Kubernetes") from None


def _workloads(kind: str, told: list[Mapping[str, Any]]) -> Iterator[Workload]:
    for one in told:
        status = one.get("status", {})
        ready = status.get("readyReplicas", status.get("numberReady", 0))
        wanted = one["spec"].get("replicas", status.get("desiredNumberScheduled", 0))
        yield Workload(f"{kind}/{one['metadata']['name']}", f"{ready}/{wanted} ready")


def _pod(told: Mapping[str, Any]) -> Workload:
    return Workload(told["metadata"]["name"], str(told.get("status", {}).get("phase")))
