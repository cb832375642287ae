"""A secret that is made once and kept in a file."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret in the file, which is made first where it is not there yet.

    Several processes may start at once: each writes its own whole file, and `link` lets
    exactly one of them become the secret.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first, and its secret holds
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
