"""What looks at different types of Target have in common."""

from webapp.pipeline.hosts import run
from webapp.pipeline.ssh.keys import OfferedKey
from webapp.pipeline.values import GatherLimits, Host

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
