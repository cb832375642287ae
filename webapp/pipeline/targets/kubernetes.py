import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from webapp.fields import Path, Short, Strict
from webapp.pipeline.kubernetes.kubectl import Kubectl
from webapp.pipeline.kubernetes.names import LABEL
from webapp.pipeline.kubernetes.trouble import ClusterTrouble
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.targets.kind import Here, Kind
from webapp.pipeline.targets.looking import Unusable
from webapp.pipeline.values import Cluster, GatherLimits, Host

_MOST_LISTED = 500
_NO_API = "what answers is no API server of Kubernetes"


class KubernetesConfig(Strict):
    context: Short | None = Field(
        None,
        title="Context",
        description="Of the kubeconfig; empty: its current one, or the cluster that the service "
        "itself runs in.",
        examples=["production"],
    )
    namespace: Annotated[
        str,
        StringConstraints(pattern=LABEL, max_length=63),
    ] = Field(
        "default",
        title="Namespace",
        description="Where pods are looked for, and where commands work.",
        examples=["shop"],
    )
    kubeconfig: Path | None = Field(
        None,
        title="Kubeconfig",
        description="The file, on the machines that run the service; empty: as kubectl finds it.",
        examples=["/etc/ai-log-monitor/kubeconfig"],
    )


def _host(config: Mapping[str, Any], here: Here) -> Host:
    cluster = Cluster(config["namespace"], config["kubeconfig"], config["context"])
    return Host("kubernetes", here.docker_url, cluster=cluster)


def _look(host: Host, limits: GatherLimits) -> dict[str, str]:
    assert host.cluster, "it is made with it"
    namespace = host.cluster.namespace
    kubectl = Kubectl(host, limits, time.monotonic() + limits.timeout_seconds)
    try:
        version = kubectl.ask("version")["gitVersion"]
        _require_namespace(kubectl, namespace)
        query = {"limit": str(_MOST_LISTED)}
        pods = kubectl.ask("api", "v1", "namespaces", namespace, "pods", query=query)["items"]
        logs = _logs(kubectl, namespace, pods)
    except ClusterTrouble as trouble:
        raise Unusable(str(trouble)) from trouble
    except (KeyError, TypeError) as problem:
        raise Unusable(_NO_API) from problem
    return {
        "Cluster": f"Kubernetes {version}",
        "Namespace": namespace,
        "Pods": _counted(pods),
        "Logs": logs,
    }


def _require_namespace(kubectl: Kubectl, namespace: str) -> None:
    """A list of the pods of none is empty, and no error."""
    try:
        kubectl.ask("api", "v1", "namespaces", namespace)
    except ClusterTrouble as trouble:
        if trouble.missing or trouble.late:
            raise
        # Most logins may only look into a namespace, and not at it.


def _logs(kubectl: Kubectl, namespace: str, pods: Sequence[Mapping[str, Any]]) -> str:
    """Whether they may be read: that is allowed by itself."""
    running = [pod for pod in pods if pod["status"].get("phase") == "Running"]
    if not running:
        return "no pod runs to try it with"
    pod = running[0]
    query = {"container": pod["spec"]["containers"][0]["name"], "tailLines": "1"}
    place = ("api", "v1", "namespaces", namespace, "pods", pod["metadata"]["name"], "log")
    kubectl.stream(*place, query=query, into=TailKeeper(0))
    return "may be read"


def _counted(pods: Sequence[Mapping[str, Any]]) -> str:
    phases = Counter(str(pod["status"].get("phase")) for pod in pods)
    at_least = "at least " if len(pods) == _MOST_LISTED else ""
    told = ", ".join(f"{count} {phase}" for phase, count in phases.most_common())
    return f"{at_least}{len(pods)}{f' ({told})' if told else ''}"


def _place(config: Mapping[str, Any]) -> str:
    return f"{config['namespace']} in {config['context'] or 'the current context'}"


KIND = Kind(
    called="Kubernetes",
    about="a Kubernetes cluster",
    config=KubernetesConfig,
    host=_host,
    look=_look,
    place=_place,
)
