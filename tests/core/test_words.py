"""Words for people."""

from orderflow_core.words import did_you_mean, error_text, printable


def test_the_nearest_name_is_asked_for() -> None:
    assert did_you_mean("level", ["mode", "levels", "best"]) == "did you mean levels?"


def test_nothing_is_asked_where_no_name_is_near() -> None:
    assert did_you_mean("xyz", ["mode", "levels"]) == ""


def test_what_a_terminal_would_obey_is_replaced() -> None:
    assert printable("a\x1b[31mb\nc\x00") == "a\ufffd[31mb\nc\ufffd"


def test_the_text_of_an_error_has_its_type_and_its_notes() -> None:
    error = ValueError("no price")
    error.add_note("in row 3")

    assert error_text(error) == "ValueError: no price; in row 3"


def test_the_text_of_an_error_can_be_written_into_any_file() -> None:
    assert error_text(ValueError("half \ud800")) == "ValueError: half \N{REPLACEMENT CHARACTER}"
