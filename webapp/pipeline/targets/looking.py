"""What looks at different types of Target have in common."""

from collections.abc import Mapping
from contextlib import suppress

from webapp.pipeline.hosts import environment_of_client, run
from webapp.pipeline.ssh.client import CONNECT_SECONDS
from webapp.pipeline.ssh.connections import connected
from webapp.pipeline.ssh.keys import OfferedKey, offered_key
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.values import GatherLimits, Host, SshHost

ITSELF = """\
printf 'Runs as=%s\\n' "$(id -un 2>/dev/null || id -u)"
printf 'Groups=%s\\n' "$(id -Gn 2>/dev/null || id -G)"
printf 'Host=%s\\n' "$(uname -n)"
printf 'System=%s\\n' "$(uname -sr)"
printf 'Commands begin in=%s\\n' "$(pwd)"
"""


class Unusable(Exception):
    """A Target cannot be used; the text says why. `key`: because nobody has approved it."""

    def __init__(self, sentence: str, key: OfferedKey | None = None) -> None:
        super().__init__(sentence)
        self.key = key


def require_way(to: SshHost, limits: GatherLimits) -> None:
    """Raises Unusable, with the key that is shown for approval, where that is what is missing.

    To be let in may take as long again as a look.
    """
    variables = environment_of_client(limits.passed_env)
    seconds = limits.timeout_seconds + CONNECT_SECONDS
    try:
        with connected(to, variables, seconds):
            return
    except Trouble as trouble:
        key = _shown(to, variables, seconds) if trouble.key else None
        if key is None or key.known:
            raise Unusable(str(trouble), key) from trouble
        raise Unusable(
            f"the host key of {key.host} is not known. Compare it with the machine itself, so "
            "that nobody in its place is believed",
            key,
        ) from trouble


def _shown(to: SshHost, variables: Mapping[str, str], seconds: float) -> OfferedKey | None:
    with suppress(Trouble):
        return offered_key(to, variables, seconds)
    return None


def look_at_machine(host: Host, limits: GatherLimits) -> dict[str, str]:
    """Whom commands run as there, and where. Raises Unusable."""
    return dict(line.split("=", 1) for line in printed(ITSELF, host, limits).splitlines())


def printed(command: str, host: Host, limits: GatherLimits) -> str:
    """What a command printed, run as those of Inputs are. Raises Unusable."""
    result = run(
        host,
        command,
        timeout_seconds=limits.timeout_seconds,
        keep_bytes=limits.keep_bytes,
        passed_env=limits.passed_env,
        bounds=limits.bounds,
    )
    if result.error and host.ssh and result.exit_code is None:
        raise Unusable(result.error)  # a sentence by itself
    if result.error:
        raise Unusable(f"/bin/sh {result.error}: {result.stderr.text.strip()}")
    return result.stdout.text
