"""Names as Kubernetes has them, and where what they name is found."""

from collections.abc import Mapping

from webapp.sentences import known_pattern

NAMESPACE = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
NAME = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?"
# Of namespaces and containers alike.
LABEL = known_pattern(rf"^{NAMESPACE}$", "This must be a name of a-z, 0-9 and -, such as shop-1.")

# What has pods, by its kind as kubectl takes it: the API that knows it, and its name there.
WORKLOADS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "deployment": (("apis", "apps", "v1"), "deployments"),
    "statefulset": (("apis", "apps", "v1"), "statefulsets"),
    "daemonset": (("apis", "apps", "v1"), "daemonsets"),
    "replicaset": (("apis", "apps", "v1"), "replicasets"),
    "job": (("apis", "batch", "v1"), "jobs"),
    "service": (("api", "v1"), "services"),
}


def path_of(kind: str, namespace: str, name: str) -> tuple[str, ...]:
    api, plural = WORKLOADS[kind]
    return (*api, "namespaces", namespace, plural, name)
