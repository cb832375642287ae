"""Why a cluster cannot be used, for the person who must act, from what kubectl says."""

import re

from webapp.pipeline.values import Cluster


class ClusterTrouble(Exception):
    """The text is a sentence. `missing`: what was asked for is not there; `late`: time is over."""

    def __init__(self, sentence: str, *, missing: bool = False, late: bool = False) -> None:
        super().__init__(sentence)
        self.missing, self.late = missing, late


NO_ANSWER = "the API server did not answer in time"

# The first that fits tells; what is named in the text is named in the sentence.
_TROUBLES: tuple[tuple[str, str], ...] = (
    (
        r"kubectl: (command )?not found|kubectl: No such file",
        "the program kubectl is not installed where the service runs",
    ),
    (r"stat (?P<file>[^\r\n]+): no such file", "there is no file {file}"),
    (r"open (?P<file>[^\r\n]+): permission denied", "the file {file} may not be read by {who}"),
    (
        r"error loading config file \"(?P<file>[^\"]+)\": (?P<why>[^\r\n]+)",
        "the file {file} is no kubeconfig: {why}",
    ),
    (
        (
            r"context \"?(?P<name>[^\"\r\n]+?)\"? does not exist|"
            r"cannot locate context (?P<other>[^\r\n]+)"
        ),
        "the kubeconfig has no context {name}{other}",
    ),
    (
        r"localhost:8080 was refused|current-context must exist",
        "kubectl finds no cluster: name a kubeconfig, or put one where it looks, ~/.kube/config",
    ),
    (
        r"^error: EOF|Please enter Username",
        "{context} names no user that could log in",
    ),
    (
        r"exec plugin: invalid apiVersion (?P<why>\S+)",
        "the login of {context} needs a newer kubectl than the one here: {why}",
    ),
    (
        r"(?m)^(?P<said>(?!Unable)[^\r\n]+)[\r\n]+[^\r\n]*getting credentials: (?P<why>[^\r\n]+)",
        "the login of {context} failed: {why}, which said: {said}",
    ),
    (
        r"getting credentials: (?P<why>[^\r\n]+)",
        "the login of {context} failed: {why}",
    ),
    (r"lookup (?P<host>[^\s:]+)[^\r\n]*: no such host", "the name {host} is not known"),
    (
        r"lookup (?P<host>[^\s:]+)",
        "the name {host} could not be looked up: the name service does not answer",
    ),
    (
        (
            r"connection to the server (?P<host>\S+) was refused|"
            r"dial tcp (?P<other>\S+): connect: connection refused"
        ),
        "{host}{other} refused the connection: nothing listens there",
    ),
    (
        r"dial tcp (?P<host>\S+): (?:connect: )?(?P<why>[^\r\n]+)",
        "{host} cannot be reached: {why}",
    ),
    (
        r"(?:x509|tls): (?P<why>[^\r\n]+)",
        "no safe connection to the API server: {why}",
    ),
    (
        r"\(Unauthorized\)|[Uu]nauthorized",
        "the API server does not accept the login of {context}",
    ),
    (
        r"i/o timeout|context deadline exceeded|TLS handshake timeout",
        NO_ANSWER,
    ),
    (r"Error from server \((?P<kind>\w+)\): (?P<why>[^\r\n]+)", "{why}"),
)
_PREFIX = re.compile(r"^(error: |Error from server: |Unable to connect to the server: )+")


def trouble_of(cluster: Cluster, said: str, who: str) -> ClusterTrouble:
    """From what kubectl printed on stderr, when `who` ran it."""
    for pattern, sentence in _TROUBLES:
        if found := re.search(pattern, said):
            values = {name: value or "" for name, value in found.groupdict().items()}
            told = sentence.format(context=_login(cluster), who=who, **values)
            return ClusterTrouble(told.rstrip("."), missing="(NotFound)" in said)
    return ClusterTrouble(_PREFIX.sub("", _last_line(said)).rstrip("."))


def _login(cluster: Cluster) -> str:
    return f"the context {cluster.context}" if cluster.context else "the current context"


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "kubectl ended without a word"
