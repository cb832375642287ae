"""Which files may be read as logs, wherever a path leads."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from webapp.config import Settings
from webapp.pipeline.sources.places import open_file
from webapp.pipeline.values import LogPaths


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`open/app.log` and `closed/secret.log`."""
    for name in ("open/app.log", "closed/secret.log"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(f"{path.stem}\n")
    return tmp_path


def only(folder: Path) -> LogPaths:
    return LogPaths(only=(str(folder / "open"),))


def content(path: Path | str, allowed: LogPaths) -> str:
    with os.fdopen(open_file(str(path), allowed)) as file:
        return file.read()


def refusal(path: Path | str, allowed: LogPaths) -> str:
    with pytest.raises(OSError) as refused:
        os.close(open_file(str(path), allowed))
    return str(refused.value.strerror)


def test_what_lies_in_an_allowed_folder_is_opened(folder: Path) -> None:
    assert content(folder / "open/app.log", only(folder)) == "app\n"
    assert content(folder / "open/../open/./app.log", only(folder)) == "app\n"


def test_what_lies_elsewhere_is_refused_in_a_sentence(folder: Path) -> None:
    path = folder / "closed/secret.log"

    assert refusal(path, only(folder)) == f"it does not lie in LOG_PATHS ({folder}/open)"
    never = LogPaths(never=(str(folder / "closed"),))
    assert refusal(path, never) == f"it lies in {folder}/closed, which is never read"
    assert refusal("/proc/self/environ", LogPaths()).endswith(
        "which lies in /proc, which is never read"
    )


def test_a_link_is_followed_where_its_target_may_be_read(folder: Path) -> None:
    (folder / "open/current").symlink_to("app.log")
    (folder / "open/way-out").symlink_to("../closed")
    (folder / "way-in").symlink_to("open/app.log")

    assert content(folder / "open/current", only(folder)) == "app\n"
    assert content(folder / "way-in", only(folder)) == "app\n"
    assert refusal(folder / "open/way-out/secret.log", only(folder)) == (
        f"it leads to {folder}/closed/secret.log, which does not lie in LOG_PATHS ({folder}/open)"
    )


def test_a_folder_whose_name_begins_alike_is_another(folder: Path) -> None:
    (folder / "open-too").mkdir()
    (folder / "open-too/x.log").write_text("x")

    assert "does not lie in" in refusal(folder / "open-too/x.log", only(folder))


def test_a_link_that_is_swapped_meanwhile_never_leads_out(folder: Path) -> None:
    path = folder / "open/deep"
    path.mkdir()
    (path / "app.log").write_text("app\n")
    read = set()

    with swapping(path, folder / "closed"):
        for _ in range(3000):
            try:
                read.add(content(folder / "open/deep/app.log", only(folder)))
            except OSError:
                read.add("refused")

    assert read == {"app\n", "refused"}


@contextmanager
def swapping(path: Path, elsewhere: Path) -> Iterator[None]:
    """`path` is a folder and a link to `elsewhere` by turns, as fast as can be."""
    (elsewhere / "app.log").write_text("secret\n")
    kept, link = path.with_name("kept"), path.with_name("link")
    link.symlink_to(elsewhere)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            path.rename(kept)
            link.rename(path)
            path.rename(link)
            kept.rename(path)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_files_with_secrets_of_the_service_are_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LOG_PATHS", f"{tmp_path}, /var/log")
    (tmp_path / ".env").write_text("SMTP_PORT=25\n")
    (tmp_path / "app.log").write_text("app\n")
    settings = Settings.load()
    settings.signing_key()

    assert content(tmp_path / "app.log", settings.files_to_read) == "app\n"
    for path in (tmp_path / ".env", tmp_path / "data/secret_key"):
        assert "which is never read" in refusal(path, settings.files_to_read)
