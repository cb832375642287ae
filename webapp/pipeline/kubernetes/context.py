"""What leads the commands of an Input to a cluster: kubectl and helm as they are in a terminal."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from webapp.pipeline.another_user import home_of
from webapp.pipeline.kubernetes.kubectl import Kubectl
from webapp.pipeline.values import Cluster, GatherLimits, Host


@contextmanager
def cluster_here(host: Host, limits: GatherLimits) -> Iterator[Host]:
    """The host with a kubeconfig whose current context is the Target's; others as they are.

    It holds no login: that stays in the file behind it. Raises ClusterTrouble.
    """
    cluster = host.cluster
    if cluster is None or not (cluster.kubeconfig or cluster.context):
        yield host
        return
    with TemporaryDirectory(prefix="kubeconfig-") as folder:
        file = Path(folder) / "config"
        file.write_text(json.dumps(_chosen(_config(host, limits), cluster)))
        # Commands may run as another user.
        file.chmod(0o644)
        file.parent.chmod(0o755)
        behind = cluster.kubeconfig or _usual(limits)
        chosen = replace(cluster, kubeconfig=f"{file}{os.pathsep}{behind}", context=None)
        yield replace(host, cluster=chosen)


def _config(host: Host, limits: GatherLimits) -> Any:
    return Kubectl(host, limits, time.monotonic() + limits.timeout_seconds).config()


def _chosen(config: Any, cluster: Cluster) -> dict[str, Any]:
    """A context of the same name wins over that of the file behind it."""
    name = config["current-context"]
    context = config["contexts"][0]["context"] | {"namespace": cluster.namespace}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": context}],
    }


def _usual(limits: GatherLimits) -> str:
    own = f"{home_of(limits.bounds.user)}/.kube/config"
    return limits.passed_env.get("KUBECONFIG") or own
