"""Words for people."""

from orderflow_core.words import did_you_mean, printable


def test_the_nearest_name_is_asked_for() -> None:
    assert did_you_mean("level", ["mode", "levels", "best"]) == "did you mean levels?"


def test_nothing_is_asked_where_no_name_is_near() -> None:
    assert did_you_mean("xyz", ["mode", "levels"]) == ""


def test_what_a_terminal_would_obey_is_replaced() -> None:
    assert printable("a\x1b[31mb\nc\x00") == "a\ufffd[31mb\nc\ufffd"
