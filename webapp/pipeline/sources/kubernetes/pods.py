"""Which pods are read, and what the API server tells of their containers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.pipeline.kubernetes.kubectl import Kubectl
from webapp.pipeline.kubernetes.names import path_of
from webapp.pipeline.kubernetes.trouble import ClusterTrouble
from webapp.pipeline.sources.stamped.part import Printer, short

# So many are looked at, and the newest of them read.
_MOST_LISTED = "500"
_ALL = "*"


@dataclass(frozen=True)
class Container:
    """A container of a pod. `printer` is what its log is of now, `before` what was before that.

    Without an id, `printer` has printed nothing yet. `ended`: how `before` did. `waits`: what for,
    where it does not run.
    """

    namespace: str
    pod: str
    name: str
    printer: Printer
    before: Printer | None = None
    ended: str = ""
    waits: str = ""


@dataclass(frozen=True)
class Found:
    """`more`: there are more pods than were looked at."""

    pods: Sequence[Mapping[str, Any]]
    more: bool = False


def pods_of(kubectl: Kubectl, asked: str, namespace: str) -> Found:
    """The newest first. Raises ClusterTrouble."""
    if "=" in asked or " " in asked:
        return _selected(kubectl, namespace, asked)
    kind, _, name = asked.rpartition("/")
    if namespace == _ALL:
        raise ClusterTrouble(f"{asked} is in one namespace: only a selector is looked for in all")
    if kind in ("", "pod"):
        return Found([kubectl.ask("api", "v1", "namespaces", namespace, "pods", name)])
    workload = kubectl.ask(*path_of(kind, namespace, name))
    return _selected(kubectl, namespace, _selector_of(kind, workload))


def _selected(kubectl: Kubectl, namespace: str, selector: str) -> Found:
    within = () if namespace == _ALL else ("namespaces", namespace)
    query = {"labelSelector": selector, "limit": _MOST_LISTED}
    told = kubectl.ask("api", "v1", *within, "pods", query=query)
    pods = sorted(told["items"], key=_created, reverse=True)
    return Found(pods, more=bool(told["metadata"].get("continue")))


def _created(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["creationTimestamp"])


def _selector_of(kind: str, workload: Mapping[str, Any]) -> str:
    told = workload["spec"].get("selector") or {}
    labels = told if kind == "service" else told.get("matchLabels") or {}
    wanted = [f"{key}={value}" for key, value in labels.items()]
    wanted += map(_requirement, [] if kind == "service" else told.get("matchExpressions") or [])
    if not wanted:
        raise ClusterTrouble(f"the {kind} {workload['metadata']['name']} selects no pods")
    return ",".join(wanted)


def _requirement(told: Mapping[str, Any]) -> str:
    key, values = told["key"], ",".join(told.get("values") or [])
    if told["operator"] in ("Exists", "DoesNotExist"):
        return str(key) if told["operator"] == "Exists" else f"!{key}"
    return f"{key} {told['operator'].lower()} ({values})"


def containers_of(
    pod: Mapping[str, Any], wanted: str | None, *, headed: bool
) -> Iterator[Container]:
    """Those that may have printed something; `headed`: named with the namespace."""
    status, name = pod["status"], pod["metadata"]["name"]
    namespace = pod["metadata"]["namespace"]
    own = [*_named(pod, "containers"), *_named(pod, "ephemeralContainers")]
    place = f"{namespace}/{name}" if headed else name
    states = {
        one["name"]: one
        for part in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        for one in status.get(part) or []
    }
    for container in [*_named(pod, "initContainers"), *own]:
        if wanted not in (None, container):
            continue
        told = states.get(container, {})
        if wanted is None and container not in own and _ended_well(told):
            continue
        called = place if len(own) == 1 and container in own else f"{place}/{container}"
        yield _container(namespace, name, container, called, told, _why_none(status))


def _named(pod: Mapping[str, Any], part: str) -> list[str]:
    return [str(one["name"]) for one in pod["spec"].get(part) or []]


def _ended_well(told: Mapping[str, Any]) -> bool:
    return bool((told.get("state") or {}).get("terminated", {}).get("exitCode", 1) == 0)


def _container(
    namespace: str, pod: str, name: str, called: str, told: Mapping[str, Any], why_none: str
) -> Container:
    state, last = told.get("state") or {}, told.get("lastState") or {}
    ended = last.get("terminated")
    # While it waits to be restarted its log is that of what ended last.
    now = state.get("running") or state.get("terminated") or ended or {}
    id_ = told.get("containerID", "") if "running" in state else now.get("containerID", "")
    printer = Printer(called, id_, now.get("startedAt") or "", runs="running" in state)
    before = Printer(called, ended["containerID"], ended["startedAt"], False) if ended else None
    return Container(
        namespace,
        pod,
        name,
        printer,
        before if before and before.id != id_ else None,
        _ending(ended) if ended else "",
        _waits(state.get("waiting") or {}) or ("" if id_ else why_none),
    )


def _ending(told: Mapping[str, Any]) -> str:
    reason = f" ({told['reason']})" if told.get("reason") not in (None, "Error") else ""
    at = f" at {short(told['finishedAt'])}" if told.get("finishedAt") else ""
    return f"ended with status {told.get('exitCode')}{reason}{at}"


def _waits(told: Mapping[str, Any]) -> str:
    return ": ".join(str(told[key]) for key in ("reason", "message") if told.get(key))


def _why_none(status: Mapping[str, Any]) -> str:
    """Why a pod has no containers yet, as where no node has room for it."""
    unmet = [one for one in status.get("conditions") or [] if one.get("status") == "False"]
    told = next((str(one["message"]) for one in unmet if one.get("message")), "")
    return status.get("message") or told or str(status.get("phase", "Pending"))
