"""What makes a command another user's than ours."""

import os
import subprocess

from webapp.pipeline.values import RunAs


def becoming(user: RunAs | None) -> list[str]:
    """The words before a command that make it theirs, with no way back to us."""
    if user is None:
        return []
    ids = [f"--reuid={user.uid}", f"--regid={user.gid}", "--init-groups"]
    return [user.setpriv, *ids, "--no-new-privs", "--"]


def give_streams(process: subprocess.Popen[bytes], user: RunAs | None) -> None:
    """So that they may open /dev/stdout and /dev/stderr, which are pipes of ours."""
    if user is None:
        return
    for pipe in (process.stdout, process.stderr):
        if pipe:
            os.fchown(pipe.fileno(), user.uid, user.gid)


def home_of(user: RunAs | None) -> str:
    return user.home if user else os.environ.get("HOME", "/")
