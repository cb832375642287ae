"""The demo, filled and served: python -m webapp.demo

It is told nothing of an installation that may be here too, such as its mail server: made-up
Monitors write to no database of yours, ask no model and tell nobody.
"""

import os
import subprocess
import sys
from pathlib import Path

from webapp.config import Settings

FOLDER = Path("demo-data").absolute()
# How it is served and logs; whatever else is set is for the real one.
KEPT = (
    "host",
    "port",
    "allowed_clients",
    "allowed_hosts",
    "base_url",
    "htmx_url",
    "log_level",
    "log_format",
    "worker_processes",
)
TOLD = {
    "DATA_DIR": str(FOLDER),
    "SETTINGS_FILE": os.devnull,
    "FLASK_SKIP_DOTENV": "1",  # or Flask's commands read .env by themselves
}


def main() -> None:
    environment = _without_settings() | TOLD
    if not (FOLDER / "logs").exists():
        fill = [sys.executable, "-m", "flask", "--app", "webapp", "demo"]
        status = subprocess.run(fill, env=environment).returncode  # noqa: S603
        if status:
            sys.exit(status)
    serve = [sys.executable, "-m", "webapp.launch"]
    os.execve(sys.executable, serve, environment)  # noqa: S606


def _without_settings() -> dict[str, str]:
    dropped = {name.upper() for name in Settings.model_fields if name not in KEPT}
    return {name: value for name, value in os.environ.items() if name not in dropped}


if __name__ == "__main__":
    main()
