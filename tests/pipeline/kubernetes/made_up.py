"""An API server that knows as much of Kubernetes as is asked of it, over real HTTPS.

Paths, queries, answers and refusals are as a cluster of version 1.20 gave them.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.pipeline.http_server import Reply, Request, Server, own_ca, serving

TOKEN = "a-token-of-the-tests"


@dataclass
class Instance:
    """One life of a container: its lines with their times, in nanoseconds."""

    id: str
    started: str
    lines: list[tuple[int, str]] = field(default_factory=list)
    ended: Mapping[str, Any] | None = None


@dataclass
class Pod:
    name: str
    labels: Mapping[str, str]
    namespace: str
    created: str
    containers: dict[str, list[Instance]]
    waits: Mapping[str, str] | None = None


class MadeUp:
    """`url` and `ca` lead to it; `refused` are paths that nobody may ask for.

    `zone`: in which its nodes tell the time. `before_a_log`: what befalls it just then, each once.
    """

    def __init__(self) -> None:
        self.url = ""
        self.ca: Path | None = None
        self.pods: list[Pod] = []
        self.workloads: dict[str, Any] = {}
        self.refused: set[str] = set()
        self.zone: tzinfo = UTC
        self.before_a_log: list[Callable[[], None]] = []
        self.selectors: list[str] = []
        self._made = 0

    def pod(
        self,
        name: str,
        *containers: str,
        labels: Mapping[str, str] | None = None,
        namespace: str = "default",
    ) -> Pod:
        """With running containers; one, called web, where none is named."""
        lives = {one: [self._life()] for one in containers or ("web",)}
        made = Pod(name, labels or {}, namespace, _moment(self._made), lives)
        self.pods.append(made)
        return made

    def prints(self, pod: Pod, *lines: str, container: str = "web") -> None:
        now = max(time.time_ns(), self._last(pod, container) + 1)
        self._now(pod, container).lines += [(now + i, line) for i, line in enumerate(lines)]

    def restarts(
        self, pod: Pod, status: int = 1, reason: str = "Error", *, container: str = "web"
    ) -> None:
        """The container ends so and is begun again."""
        self.ends(pod, status, reason, container=container)
        pod.containers[container].append(self._life())
        del pod.containers[container][:-2]

    def ends(self, pod: Pod, status: int, reason: str = "Error", *, container: str = "web") -> None:
        life = self._now(pod, container)
        life.ended = {
            "exitCode": status,
            "reason": reason,
            "startedAt": life.started,
            "finishedAt": _moment(self._made),
            "containerID": life.id,
        }

    def answer(self, request: Request) -> Reply:
        path = unquote(urlsplit(request.path).path)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _refusal(401, "Unauthorized", "Unauthorized")
        if path in self.refused:
            what = f'pods is forbidden: User "viewer" cannot get {path}'
            return _refusal(403, "Forbidden", what)
        return self._answer(path.strip("/").split("/"), request.query)

    def _answer(self, path: list[str], query: Mapping[str, str]) -> Reply:
        match path:
            case ["version"]:
                return _json({"major": "1", "minor": "20", "gitVersion": "v1.20.2"})
            case ["api", "v1", "namespaces", name]:
                known = {"default", *(pod.namespace for pod in self.pods)}
                return _json({"kind": "Namespace"}) if name in known else _none("namespaces", name)
            case ["api", "v1", "pods"]:
                return self._listed(self.pods, query)
            case ["api", "v1", "namespaces", namespace, "pods"]:
                return self._listed(self._in(namespace), query)
            case ["api", "v1", "namespaces", namespace, "pods", name]:
                pod = self._find(namespace, name)
                return _json(_told(pod)) if pod else _none("pods", name)
            case ["api", "v1", "namespaces", namespace, "pods", name, "log"]:
                pod = self._find(namespace, name)
                return self._log(pod, query) if pod else _none("pods", name)
            case ["apis", *_, "namespaces", _, plural]:
                told = [one for key, one in self.workloads.items() if key.startswith(plural)]
                return _json({"metadata": {}, "items": told})
            case [*_, "namespaces", _, plural, name]:
                told = self.workloads.get(f"{plural}/{name}")
                return _json(told) if told else _none(plural, name)
        return _none("paths", "/".join(path))

    def _listed(self, pods: list[Pod], query: Mapping[str, str]) -> Reply:
        selector = query.get("labelSelector", "")
        self.selectors.append(selector)
        found = [_told(pod) for pod in pods if _selects(selector, pod.labels)]
        most = int(query["limit"])
        more = {"continue": "more"} if len(found) > most else {}
        return _json({"kind": "PodList", "metadata": more, "items": found[:most]})

    def _log(self, pod: Pod, query: Mapping[str, str]) -> Reply:
        if self.before_a_log:
            self.before_a_log.pop()()
        name = query["container"]
        lives = pod.containers[name]
        if pod.waits:
            what = f'container "{name}" in pod "{pod.name}" is waiting to start: ContainerCreating'
            return _refusal(400, "BadRequest", what)
        if query.get("previous") and len(lives) < 2:
            what = f'previous terminated container "{name}" in pod "{pod.name}" not found'
            return _refusal(400, "BadRequest", what)
        lines = lives[-2 if query.get("previous") else -1].lines
        if since := query.get("sinceTime"):
            first = datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp() * 10**9
            lines = [line for line in lines if line[0] >= first]
        newest = lines[-int(query["tailLines"]) :] if "tailLines" in query else lines
        stamped = "".join(f"{_stamp(at, self.zone)} {text}\n" for at, text in newest)
        return Reply(stamped.encode(), headers={"Content-Type": "text/plain"})

    def _in(self, namespace: str) -> list[Pod]:
        return [pod for pod in self.pods if pod.namespace == namespace]

    def _find(self, namespace: str, name: str) -> Pod | None:
        return next((pod for pod in self._in(namespace) if pod.name == name), None)

    def _life(self) -> Instance:
        self._made += 1
        return Instance(f"docker://{self._made:064x}", _moment(self._made))

    def _now(self, pod: Pod, container: str) -> Instance:
        return pod.containers[container][-1]

    def _last(self, pod: Pod, container: str) -> int:
        return max((at for life in pod.containers[container] for at, _ in life.lines), default=0)


def selector(**labels: str) -> dict[str, Any]:
    """What a workload tells of itself."""
    return {"metadata": {"name": "shop"}, "spec": {"selector": {"matchLabels": labels}}}


@contextmanager
def api_server(folder: Path) -> Iterator[MadeUp]:
    made_up = MadeUp()
    made_up.ca, trust = own_ca(folder)
    with served(made_up, trust):
        yield made_up


@contextmanager
def served(made_up: MadeUp, trust: ssl.SSLContext) -> Iterator[Server]:
    with serving(made_up.answer, trust) as server:
        made_up.url = server.url
        yield server


def kubeconfig(folder: Path, url: str, ca: Path | None, **login: Any) -> Path:
    """With two contexts, of which `shop` is the current one."""
    trust = {"certificate-authority": str(ca)} if ca else {}
    context = {"cluster": "tests", "user": "someone"}
    file = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "clusters": [{"name": "tests", "cluster": {"server": url, **trust}}],
        "users": [{"name": "someone", "user": login or {"token": TOKEN}}],
        "contexts": [
            {"name": "shop", "context": context},
            {"name": "other", "context": context | {"namespace": "elsewhere"}},
        ],
    }
    file.write_text(json.dumps(config))
    return file


def _selects(selector: str, labels: Mapping[str, str]) -> bool:
    for part in selector.split(",") if selector else []:
        key, _, value = part.partition("=")
        unequal = key.endswith("!")
        if (labels.get(key.rstrip("!")) == value) == unequal:
            return False
    return True


def _told(pod: Pod) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "namespace": pod.namespace,
            "labels": dict(pod.labels),
            "creationTimestamp": pod.created,
        },
        "spec": {"containers": [{"name": name} for name in pod.containers]},
        "status": {
            "phase": "Pending" if pod.waits else "Running",
            "containerStatuses": [
                _status(name, lives, pod.waits) for name, lives in pod.containers.items()
            ],
        },
    }


def _status(name: str, lives: list[Instance], waits: Mapping[str, str] | None) -> dict[str, Any]:
    if waits:
        return {"name": name, "state": {"waiting": dict(waits)}, "lastState": {}, "containerID": ""}
    now, before = lives[-1], lives[:-1]
    state = {"terminated": now.ended} if now.ended else {"running": {"startedAt": now.started}}
    last = {"terminated": before[-1].ended} if before else {}
    return {"name": name, "state": state, "lastState": last, "containerID": now.id}


def _json(told: Any) -> Reply:
    return Reply(json.dumps(told).encode(), headers={"Content-Type": "application/json"})


def _none(plural: str, name: str) -> Reply:
    return _refusal(404, "NotFound", f'{plural} "{name}" not found')


def _refusal(status: int, reason: str, message: str) -> Reply:
    told = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": status,
    }
    return Reply(
        json.dumps(told).encode(), status=status, headers={"Content-Type": "application/json"}
    )


def _moment(number: int) -> str:
    return f"2026-01-31T08:{number // 60:02}:{number % 60:02}Z"


def _stamp(at: int, zone: tzinfo) -> str:
    second, offset = datetime.fromtimestamp(at // 10**9, zone).isoformat()[:19], "Z"
    if zone is not UTC:
        offset = datetime.now(zone).isoformat()[-6:]
    return f"{second}.{at % 10**9:09}{offset}"
