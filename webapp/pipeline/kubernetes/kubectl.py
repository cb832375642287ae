"""Questions to the API server of a cluster."""

import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from webapp.pipeline.hosts import run
from webapp.pipeline.kubernetes.trouble import NO_ANSWER, ClusterTrouble, trouble_of
from webapp.pipeline.tail import Keeper
from webapp.pipeline.values import Cluster, CommandResult, GatherLimits, Host

# Some 10 kB are what the API server tells of a pod.
_ANSWER_BYTES = 16 << 20

Query = Mapping[str, str]
NO_QUERY: Query = {}


@dataclass(frozen=True)
class Kubectl:
    """The program, run as the commands of Inputs are, until a deadline of the monotonic clock."""

    host: Host
    limits: GatherLimits
    deadline: float

    def ask(self, *path: str, query: Query = NO_QUERY) -> Any:
        """What the API server tells of the object at the path. Raises ClusterTrouble."""
        result = self._get(path, query, None)
        if result.stdout.lost_bytes:
            raise ClusterTrouble("the API server's answer is too long: choose fewer pods")
        try:
            return json.loads(result.stdout.text)
        except ValueError:
            raise ClusterTrouble("what answers is no API server of Kubernetes") from None

    def stream(self, *path: str, query: Query, into: Keeper) -> None:
        """Raises ClusterTrouble; `into` has what came until then."""
        self._get(path, query, into)

    def config(self) -> Any:
        """The part of the configuration that is used, without its secrets."""
        return json.loads(self._run("config", "view", "--minify", "--output=json").stdout.text)

    def _get(self, path: tuple[str, ...], query: Query, into: Keeper | None) -> CommandResult:
        place = "/".join(quote(part, safe="") for part in path)
        asked = f"?{urlencode(query)}" if query else ""
        return self._run("get", f"--raw=/{place}{asked}", into=into)

    def _run(self, *words: str, into: Keeper | None = None) -> CommandResult:
        cluster = self._cluster
        # A file that is not there is an error for the option, and not for the variable.
        chosen = [f"--kubeconfig={cluster.kubeconfig}"] if cluster.kubeconfig else []
        chosen += [f"--context={cluster.context}"] if cluster.context else []
        result = run(
            self.host,
            shlex.join(["exec", "kubectl", *chosen, *words]),
            timeout_seconds=self._left(),
            keep_bytes=_ANSWER_BYTES,
            passed_env=self.limits.passed_env,
            bounds=self.limits.bounds,
            into=into,
        )
        if result.error and time.monotonic() >= self.deadline:
            raise ClusterTrouble(NO_ANSWER, late=True)
        if result.error:
            raise self._trouble(result)
        return result

    def _trouble(self, result: CommandResult) -> ClusterTrouble:
        said = result.stderr.text.strip()
        if result.exit_code is None or not said:
            return ClusterTrouble(f"kubectl {result.error}")
        user = self.limits.bounds.user
        return trouble_of(self._cluster, said, user.name if user else "the service's user")

    @property
    def _cluster(self) -> Cluster:
        assert self.host.cluster, "it is made with it"
        return self.host.cluster

    def _left(self) -> float:
        """At least a moment, since no time at all would mean that nothing is asked."""
        return max(0.01, self.deadline - time.monotonic())
