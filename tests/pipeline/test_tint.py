import pytest

from webapp.pipeline.tint import tint_of


@pytest.mark.parametrize(
    ("line", "tint"),
    [
        ("09:31:22 FATAL the disk is gone", "error"),
        ("09:31:22 ERROR request timed out", "error"),
        ('{"level": "warning", "msg": "slow"}', "warn"),
        ("09:31:22 INFO 0 errors", None),
        ("09:31:22 ready", None),
        ("", None),
    ],
)
def test_a_line_is_tinted_by_the_level_that_it_declares(line: str, tint: str | None) -> None:
    assert tint_of(line) == tint
