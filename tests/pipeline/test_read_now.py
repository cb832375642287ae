from pathlib import Path

from flask import Flask

from tests.rows import new_source, new_target
from webapp.config import Settings
from webapp.pipeline.run import read_now


def test_a_log_source_that_is_read_now_shows_its_last_lines_without_secrets(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "shop.log"
    log.write_text(f"INFO one\nINFO key {settings.signing_key()}\n")
    target = new_target()

    good = read_now(new_source(target, config={"path": str(log)}), settings)
    bad = read_now(new_source(target, config={"path": str(tmp_path / "none")}), settings)

    assert (good.ok, good.lines, good.error) == (
        True,
        ("INFO one", "INFO key [REDACTED:secret:1]"),
        None,
    )
    assert (bad.ok, bad.lines) == (False, ())
    assert bad.error
