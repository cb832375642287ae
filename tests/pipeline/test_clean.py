import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.clean import clean, clean_text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain \xc3\xa9\ttab\n", "plain é\ttab\n"),
        (b"bad \xff\xfe byte", "bad \ufffd\ufffd byte"),
        (b"a\0b\x08c\x7f\xc2\x85", "abc"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b[K\x1b(B.", "red ."),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        (b"\x1bP1$r0m\x1b\\x\xc2\x9b31my", "xy"),
        ("\u202eevil\u2066 \u200bzero\ufeff".encode(), "evil zero"),
        ("ok\U000e0041\U000e0042\U000e0100".encode(), "ok"),
        ("one\u2028[FAKE]\u2029".encode(), "one [FAKE] "),
        ("password=\xa0two\u3000\u2003three".encode(), "password= two  three"),
    ],
)
def test_only_what_a_person_sees_is_left(data: bytes, text: str) -> None:
    assert clean(data) == text


def test_an_escape_that_is_cut_off_does_not_swallow_the_line() -> None:
    assert clean(b"\x1b]0;title without end\nnext \x1b[31") == "0;title without end\nnext 31"


def test_an_escape_does_not_swallow_a_line_end_of_any_kind() -> None:
    assert clean(b"\x1b]0;title\rERROR\x07") == "0;title\nERROR"


def test_lone_surrogates_vanish() -> None:
    assert clean_text("a\ud800b\udfff") == "ab"


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_nothing_unseen_is_left_and_cleaning_again_changes_nothing(data: bytes) -> None:
    text = clean(data)

    assert clean_text(text) == text
    assert not {c for c in text if unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    assert text.splitlines() == text.split("\n")[: len(text.splitlines())]


@pytest.mark.parametrize("part", [b"\x1b", b"\x1b[", b"\x1b[1;", b"\x1b]", b"\x1bPa", b"\r", b"\0"])
def test_a_hostile_megabyte_is_cleaned_at_once(part: bytes) -> None:
    data = part * (1_000_000 // len(part))
    started = time.perf_counter()

    clean(data)

    assert time.perf_counter() - started < 2


@given(st.binary().map(lambda data: bytes(byte & 127 for byte in data)))
def test_what_is_ascii_is_cleaned_as_all_other_text_is(data: bytes) -> None:
    assert clean(data) == clean_text(data.decode())
