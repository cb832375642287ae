"""A real language model behind an OpenAI-compatible server, in a process of its own.

As a program: `python -m tests.llm_server MODEL.gguf` serves until its standard input ends.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import local_model
from tests.parts import require

PROJECT = Path(__file__).resolve().parent.parent
MODEL = Path(os.environ.get("LLM_GGUF") or PROJECT / local_model.SIZES["0.5b"].path)
CONTEXT_TOKENS = 4096


@contextmanager
def serving_model() -> Iterator[str]:
    """The base URL of the model, ready to be asked; skips where a part is missing."""
    require(
        importlib.util.find_spec("xllamacpp") is not None,
        "xllamacpp is not installed: pip install -r requirements-llm.txt",
    )
    require(
        MODEL.is_file(),
        f"{MODEL} is not there: run python local_model.py --fetch-only, or set LLM_GGUF",
    )
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.llm_server", str(MODEL)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout
        # The model's own library writes to the same stream.
        address = next((line for line in server.stdout if line.startswith("http://")), "")
        assert address, f"the model's server ended with {server.wait()}"
        yield address.strip() + "/v1"
    finally:
        server.kill()
        server.communicate()


def serve(model: str) -> None:
    """Serve on a free port, print the address, and end with whoever holds the standard input."""
    server = local_model.serve(Path(model), 0, CONTEXT_TOKENS)
    sys.stdout.write(f"\n{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1])
