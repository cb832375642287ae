"""Packages to be measured beside ours, in environments of their own."""

import subprocess
import sys
from pathlib import Path

CACHE = Path(".cache").absolute()


def python_with(requirement: str) -> Path:
    """The Python of an environment that has `requirement`, such as `drain3==0.9.11`; made once."""
    folder = CACHE / requirement
    python = folder / "bin" / "python"
    if not (folder / "whole").exists():
        print(f"installing {requirement} in {folder}, once")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, requirement], check=True)
        (folder / "whole").touch()  # last: an installation that broke off is begun anew
    return python
