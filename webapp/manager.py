"""The process manager of one machine: python -P webapp/manager.py -c supervisord.conf"""

import signal
import sys
from typing import Any

from supervisor.options import ServerOptions
from supervisor.supervisord import go


class Options(ServerOptions):  # type: ignore[misc]
    """Supervisor's, but for SIGHUP: it would start all parts anew when a terminal is closed."""

    def setsignals(self) -> None:
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # by nohup
        super().setsignals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else self._stop)

    def _stop(self, _number: int, frame: Any) -> None:
        self.signal_receiver.receive(signal.SIGTERM, frame)


def main() -> None:
    options = Options()
    options.realize(sys.argv[1:])
    options.first = True
    options.test = False
    go(options)


if __name__ == "__main__":
    main()
