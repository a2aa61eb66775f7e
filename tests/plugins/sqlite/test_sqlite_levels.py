"""The text of levels: JSON, or a Python literal, and what its numbers mean."""

import ast
import json
from collections import Counter
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from orderflow_sqlite.levels import (
    BAD_LEVEL,
    BAD_LEVEL_SIZE,
    BAD_LEVELS,
    BAD_PRICE,
    LITERAL_LIMIT,
    NOTHING,
    PIECE_LIMIT,
    TEXT_LIMIT,
    TOO_LARGE,
    number,
    parse_levels,
    read_level,
)

from orderflow_core import InputError
from tests.plugins.sqlite.make import book_row, write
from tests.plugins.sqlite.reading import DAY_1, Level, Reading, read


def reading(folder: Path, *texts: object) -> Reading:
    """Read a recording of one row a text, which are its bids."""
    rows = [book_row(10 + row, text, "[]") for row, text in enumerate(texts)]
    return read(write(folder / DAY_1, rows))


# What is read


@pytest.mark.parametrize(
    "text",
    [
        "[[100.5, 2], [99, 0]]",
        '[["100.5", "2"], ["99", "0"]]',
        '[["100.5", 2, "0"], [99.0, 0.0, 1]]',
        '[["100.5", "2", "0", "3"], ["99", "0", "0", "0"]]',
        '[["100.5", "2", null, {"any": [1]}], ["99", "0"]]',
        " [ [ 1.005e2 , 2E0 ] ,\n\t[ 9900e-2 , 0 ] ] ",
        "[('100.5', '2'), ('99', '0')]",
        "(('100.5', 2), [99, 0.0])",
        "[[100.5, 2,], [99, 0],]",
        "[['100.5', '2', '0', '3'], ['99', '0', None, True]]",
        b"[[100.5, 2], [99, 0]]",
    ],
    ids=[
        *("numbers", "texts", "three-a-level", "four-a-level", "others-of-any-kind"),
        *("white-space", "tuples", "mixed", "trailing-commas", "literals", "blob"),
    ],
)
def test_levels_are_json_or_a_python_literal(tmp_path: Path, text: object) -> None:
    found = reading(tmp_path, text)

    assert found.bids == [[(100.5, 2), (99, 0)]]
    assert found.ledger.refused == Counter()


@pytest.mark.parametrize("text", ["[]", "()", " [ ] "])
def test_a_row_without_levels_is_a_row(tmp_path: Path, text: str) -> None:
    found = reading(tmp_path, text)

    assert found.bids == [[]]
    assert found.ledger.refused == Counter()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[NaN, 1], [99, 2]]", BAD_PRICE),
        ("[[Infinity, 1], [99, 2]]", BAD_PRICE),
        ("[[-Infinity, 1], [99, 2]]", BAD_PRICE),
        ("[[100, NaN], [99, 2]]", BAD_LEVEL_SIZE),
        ("[[100, Infinity], [99, 2]]", BAD_LEVEL_SIZE),
        ("[[1" + "0" * 400 + ", 1], [99, 2]]", BAD_PRICE),
        ("[[100, 1" + "0" * 400 + "], [99, 2]]", BAD_LEVEL_SIZE),
        ("[[1e-400, 1], [99, 2]]", BAD_PRICE),
        ("[['\u0661\u0660', 1], [99, 2]]", BAD_PRICE),
        ("[[1j, 1], [99, 2]]", BAD_PRICE),
        ("[[b'100', 1], [99, 2]]", BAD_PRICE),
    ],
    ids=[
        *("nan", "infinity", "minus-infinity", "nan-size", "infinite-size"),
        *("huge", "huge-size", "vanishing", "other-digits", "complex", "bytes"),
    ],
)
def test_a_number_beyond_all_floats_costs_its_level_alone(
    tmp_path: Path, text: str, reason: str
) -> None:
    found = reading(tmp_path, text)

    assert found.bids == [[(99, 2)]]
    assert found.ledger.refused == Counter({reason: 1})


@pytest.mark.parametrize(
    "text",
    [
        b"[[100, 1], [\xff, 2]]",
        b'[["\xff\xfe", 1]]',
        b"\xff",
        b"\x00",
        "[[100, 1]]".encode("utf-16-le"),
        b"\xef\xbb\xbf[[100, 1]]",
        r"[['\x31', 1]]",
        "[[1" + "0" * 5000 + ", 1]]",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "-" * 100_000 + "1",
        "1+" * 100_000 + "1",
        "{" * 100_000,
        "__import__('os').getpid()",
        "[[100, 1] for _ in range(3)]",
        "[[100, 1]]\x00",
        "lambda: 0",
        "'\\d'",
        "[f'{1}', f'{2}']",
        "[# '\n f'']",
    ],
    ids=[
        *("invalid-utf8", "invalid-in-text", "no-text", "nul", "utf-16", "byte-order-mark"),
        *("backslash-in-literal", "too-many-digits", "deep"),
        *("deep-and-closed", "signs", "sums", "braces", "call", "comprehension", "nul-at-end"),
        *("lambda", "escape", "formatted", "formatted-behind-a-comment"),
    ],
)
def test_a_text_that_is_neither_costs_its_row_alone(tmp_path: Path, text: str | bytes) -> None:
    found = reading(tmp_path, text, "[[99, 2]]")

    assert found.bids == [[(99, 2)]]
    assert found.ledger.refused == Counter({BAD_LEVELS: 1})


def test_a_deeply_nested_value_that_does_not_count_costs_its_level_or_row_alone(
    tmp_path: Path,
) -> None:
    nested = "[" * 500 + "]" * 500

    found = reading(tmp_path, f"[[{nested}, 1], [99, 2]]")

    assert found.bids == [[(99, 2)]]


def test_a_long_number_with_a_wrong_end_is_refused_at_once(tmp_path: Path) -> None:
    """Trying each of its digits as the last before the point would take minutes."""
    found = reading(tmp_path, json.dumps([["1" * 90_000 + "x", 1], [99, 2]]))

    assert found.bids == [[(99, 2)]]


def test_json_may_be_long() -> None:
    levels = [[100, 1]] * 120_000

    assert len(json.dumps(levels)) > LITERAL_LIMIT
    assert parse_levels(json.dumps(levels)) == levels


ODD_LEVELS = [["100.5", 1], {"px": 1, "sz": "2"}, [99, 1, "id", ["a", "b"]], [], 7, None] * 50
MAPPING = {str(price): "1" for price in range(1, 302)}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ODD_LEVELS),
        json.dumps(ODD_LEVELS, indent=1),
        json.dumps(MAPPING),
        repr(ODD_LEVELS),
        repr(ODD_LEVELS[:4] * 50 + [(1, 2)]),
        repr(tuple(ODD_LEVELS)),
        repr(MAPPING),
        f"\n{repr(ODD_LEVELS)[:-1]},] ",
        f"{json.dumps(ODD_LEVELS)[:-1]},]",
        f"{json.dumps(ODD_LEVELS)[:-1]}, None, true]",
        json.dumps(ODD_LEVELS)[:-1],
        json.dumps(ODD_LEVELS)[:-1] + "}",
        json.dumps(ODD_LEVELS) + "1",
        json.dumps(MAPPING)[:-1] + ', "1": 5}',
        json.dumps(MAPPING)[:-1] + ', "a": 5}',
        f"{{{', '.join(map(repr, MAPPING))}}}",  # a set
        "7" * 300,
    ],
)
def test_a_long_text_is_read_piece_by_piece_with_the_meaning_of_the_whole(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parse_levels(text)

    monkeypatch.setattr("orderflow_sqlite.levels.PIECE_LIMIT", 0)

    assert parse_levels(text) == whole


@pytest.mark.parametrize("level", ["[1, 1]", "(1, 1)", '{"price": 1, "size": 1}'])
def test_no_call_reads_more_than_a_piece_of_a_long_text(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call is not interrupted, and so Ctrl-C would wait for it."""
    sizes: list[int] = []

    def noting(read: Callable[[str], Any]) -> Callable[[str], Any]:
        def noted(text: str) -> Any:
            sizes.append(len(text))
            return read(text)

        return noted

    monkeypatch.setattr(json, "loads", noting(json.loads))
    monkeypatch.setattr(ast, "literal_eval", noting(ast.literal_eval))

    assert len(parse_levels(f"[{', '.join([level] * 20_000)}]") or []) == 20_000
    assert max(sizes) < PIECE_LIMIT


@pytest.mark.parametrize(
    "level", ["[" + "1, " * 500 + "1]", "[[[1]], 1]", '["a]", 1]', "[" * 500 + "]" * 500]
)
def test_a_long_text_with_an_element_that_is_no_level_is_not_read(level: str) -> None:
    assert parse_levels(f"[{level}, {', '.join(['[1, 1]'] * 20_000)}]") is None


def test_a_text_far_longer_than_any_book_is_not_read() -> None:
    assert parse_levels("[[100, 1]" + " " * TEXT_LIMIT + "]") is None


def test_a_literal_that_is_too_long_is_not_tried() -> None:
    text = "(100, 1)," * 120_000

    assert len(text) > LITERAL_LIMIT
    assert parse_levels(text) is None


@pytest.mark.parametrize(
    "text", ["[f'" + "{1}" * 9 + "']", "[1, #'''\n rF'{1}'''']", '[#\'\r f"{1}"]']
)
def test_a_formatted_string_is_not_tried(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes minutes for some of a million signs."""
    monkeypatch.setattr(ast, "literal_eval", lambda text: pytest.fail("it was tried"))

    assert parse_levels(text) is None


@pytest.mark.parametrize("third", ["f", "3af", "#f", '"f'])
def test_a_literal_may_have_texts_that_end_like_the_prefix_of_a_formatted_string(
    third: str,
) -> None:
    levels = [("100", "1", third), ("99", "1", third)]

    assert parse_levels(repr(levels)) == levels


# What numbers mean

DIGITS = "[0-9]{1,25}"
JSON_NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
TEXT_NUMBERS = st.from_regex(
    rf"[+-]?({DIGITS}\.?([0-9]{{1,25}})?|\.{DIGITS})([eE][+-]?[0-9]{{1,4}})?", fullmatch=True
)
NUMBER_CHARACTERS = set("0123456789+-.eE")
FLOATS = st.floats(0, TOO_LARGE, exclude_max=True)


def meaning(price: str, size: str) -> Level | str:
    """What two decimal numbers are as a level, by `float` alone."""
    level = float(price), float(size)
    if level == NOTHING:
        return NOTHING
    if not 0 < level[0] < TOO_LARGE:
        return BAD_PRICE
    return level if 0 <= level[1] < TOO_LARGE else BAD_LEVEL_SIZE


@settings(deadline=None)
@given(price=JSON_NUMBERS, size=JSON_NUMBERS)
def test_a_number_of_json_means_what_float_makes_of_it(price: str, size: str) -> None:
    [level] = parse_levels(f"[[{price}, {size}]]") or []

    assert read_level(level) == meaning(price, size)


@settings(deadline=None)
@given(price=TEXT_NUMBERS, size=TEXT_NUMBERS)
@example("61804.8", "0.00000001")
@example("9007199254740993", "0.1000000000000000055511151231257827")
def test_a_text_of_a_number_means_what_float_makes_of_it(price: str, size: str) -> None:
    [level] = parse_levels(json.dumps([[price, size]])) or []

    assert read_level(level) == meaning(price, size)


@settings(deadline=None)
@given(text=st.text() | st.text(alphabet=sorted(NUMBER_CHARACTERS)))
@example("1_000")
@example(" 1")
@example("1\n")
@example("nan")
@example("Infinity")
@example("0x10")
def test_a_text_is_a_number_only_if_it_is_a_plain_decimal_one(text: str) -> None:
    try:
        expected = float(text) if NUMBER_CHARACTERS.issuperset(text) else nan
        expected = inf if expected >= TOO_LARGE else max(expected, -TOO_LARGE)
    except ValueError:
        expected = nan

    assert number(text) == expected or (number(text) != number(text) and expected != expected)


@settings(deadline=None)
@given(price=FLOATS.filter(lambda value: value > 0), size=FLOATS)
def test_any_float_survives_its_shortest_text(price: float, size: float) -> None:
    for text in (f"[[{price!r}, {size!r}]]", f'[["{price!r}", "{size!r}"]]'):
        [level] = parse_levels(text) or []
        assert read_level(level) == (price, size)


@settings(deadline=None)
@given(content=st.binary() | st.text())
def test_no_content_raises(content: bytes | str) -> None:
    found = parse_levels(content)

    assert found is None or isinstance(found, list)


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
LEVELS = st.lists(st.lists(ANY, max_size=5) | ANY, max_size=5)


@given(levels=LEVELS)
def test_a_row_has_the_good_levels_and_each_other_one_is_counted(
    tmp_path_factory: pytest.TempPathFactory, levels: list[list[object] | object]
) -> None:
    """Of a level that is no list, or too short, or no number; whichever way it is written."""
    levels = parse_levels(json.dumps(levels)) or []  # without those beyond the last
    good = [level for level in map(read_level, levels) if not isinstance(level, str)]

    found = reading(tmp_path_factory.mktemp("recording"), json.dumps([[7, 1], *levels]))

    assert found.bids == [[(7, 1), *(level for level in good if level != NOTHING)]]
    assert found.ledger.refused.total() == len(levels) - len(good)


def test_a_book_without_a_level_in_any_row_stops_the_run(tmp_path: Path) -> None:
    """As where the path in an expression of JSON is another one."""
    rows = [book_row(time, None, None) for time in (10, 11)]

    with pytest.raises(InputError, match="bids and asks are NULL in every row: name their columns"):
        read(write(tmp_path / DAY_1, rows))


def test_a_side_without_a_level_in_any_row_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / DAY_1, [book_row(time, [[99, 1]], None) for time in (10, 11)])

    assert read(path).warnings == [f"{path}, table book: asks are NULL in every row"]


BOTH = [[(99.5, 2.0), (99.0, 0.0)]]


@pytest.mark.parametrize(
    "levels",
    [
        [{"px": "99.5", "sz": "2", "n": 1}, {"px": "99", "sz": "0", "n": 0}],
        [{"price": 99.5, "qty": 2}, {"price": 99, "qty": 0}],
        [{"quantity": 2, "p": "99.5"}, {"rate": 99, "amount": 0}],
        [{"side": "bid", "price_level": "99.5", "new_quantity": "2"}, ["99", "0"]],
        {"99.5": "2", "99": "0"},
        [["new", 99.5, 2], ["delete", 99.0, 0]],
        [["Change", "99.5", "2", 0, 7], ["remove", "99", "5"]],
    ],
)
@pytest.mark.parametrize("form", [json.dumps, repr])
def test_levels_have_the_shapes_that_feeds_give_them(
    tmp_path: Path, levels: object, form: Any
) -> None:
    found = reading(tmp_path, form(levels))

    assert (found.bids, found.ledger.refused) == (BOTH, {})


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        ({"px": "99.5"}, BAD_LEVEL),
        ({"sz": "2"}, BAD_LEVEL),
        ({"px": None, "sz": "2"}, BAD_PRICE),
        ({"px": "99.5", "sz": "-2"}, BAD_LEVEL_SIZE),
        (["new", 99.5], BAD_PRICE),
        (["nova", 99.5, 2], BAD_PRICE),
        (["new", 99.5, 2, 0, 0, 0], BAD_LEVEL),
    ],
)
def test_a_level_of_such_a_shape_is_refused_as_others_are(
    tmp_path: Path, level: object, reason: str
) -> None:
    assert reading(tmp_path, json.dumps([level]), "[[9, 1]]").ledger.refused == {reason: 1}


@pytest.mark.parametrize("text", ['{"bids": []}', '{"99.5": "2", "x": 1}', '{"1e999": 1}'])
def test_an_object_that_is_no_mapping_of_prices_is_refused(tmp_path: Path, text: str) -> None:
    assert reading(tmp_path, text, "[[9, 1]]").ledger.refused == {BAD_LEVELS: 1}
