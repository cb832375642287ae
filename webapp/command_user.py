"""The user that commands run as, where that is another than the service's."""

import os
import pwd
import shutil
from pathlib import Path

from webapp.pipeline.values import RunAs

SETPRIV = "setpriv"


def run_as(name: str, data_dir: Path) -> RunAs | None:
    """None where it is the service's own user. Raises ValueError where commands cannot be its."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise ValueError(f"There is no user {name} on this machine.") from None
    if user.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise ValueError(
            f"Only root can run commands as {name}, and the service runs as {_name(os.geteuid())}. "
            "Start it as root, or leave this empty."
        )
    program = shutil.which(SETPRIV)
    if program is None:
        raise ValueError(f"The program {SETPRIV} is not installed (Debian: util-linux).")
    if _may_enter(data_dir, user):
        raise ValueError(
            f"Commands of {name} could read all state of the service in {data_dir}. "
            f"Close it: chown root {data_dir}; chmod 700 {data_dir}"
        )
    return RunAs(user.pw_name, user.pw_uid, user.pw_gid, user.pw_dir, program)


def _may_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:  # it is made for its owner alone
        return False
    if status.st_uid == user.pw_uid:
        return True
    in_group = status.st_gid in os.getgrouplist(user.pw_name, user.pw_gid)
    return bool(status.st_mode & (0o070 if in_group else 0o007))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user {uid}"
