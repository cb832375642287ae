"""A real language model behind an OpenAI-compatible server, in a process of its own.

As a program: `python -m tests.llm_server MODEL.gguf` serves until its standard input ends.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts import require

PROJECT = Path(__file__).resolve().parent.parent
MODEL = Path(os.environ.get("LLM_GGUF") or PROJECT / ".cache/qwen2.5-coder-0.5b-q4_k_m.gguf")
CONTEXT_TOKENS = 4096
THREADS = 2


@contextmanager
def serving_model() -> Iterator[str]:
    """The base URL of the model, ready to be asked; skips where a part is missing."""
    require(
        importlib.util.find_spec("xllamacpp") is not None,
        "xllamacpp is not installed: pip install -r requirements-llm.txt",
    )
    require(MODEL.is_file(), f"{MODEL} is not there: run .ci/fetch_model.sh, or set LLM_GGUF")
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
    llama = importlib.import_module("xllamacpp")
    parameters = llama.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = THREADS
    parameters.cpuparams_batch.n_threads = THREADS
    parameters.n_gpu_layers = 0
    parameters.use_jinja = True
    server = llama.Server(parameters)
    sys.stdout.write(f"\n{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1])
