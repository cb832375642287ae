"""What is wrong, told to people."""

import pytest

from webapp.sentences import as_sentence, known_pattern


def test_a_pattern_that_has_another_meaning_already_is_refused() -> None:
    known_pattern("^only-here$", "This must be here.")
    known_pattern("^only-here$", "This must be here.")

    with pytest.raises(ValueError, match="has another meaning: This must be here"):
        known_pattern("^only-here$", "This must be there.")


@pytest.mark.parametrize("text", ["no such file", "No such file.", "no such file: "])
def test_what_is_wrong_is_told_as_a_sentence(text: str) -> None:
    assert as_sentence(text) == "No such file."


@pytest.mark.parametrize("text", ["root@web-1 was refused", "app.log: gone", "10.0.0.7 is down"])
def test_what_is_no_word_gets_no_capital(text: str) -> None:
    assert as_sentence(text) == f"{text}."
