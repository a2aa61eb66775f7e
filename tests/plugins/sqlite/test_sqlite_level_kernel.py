"""The compiled reading of levels has the meaning of the plain one, or leaves the text to it."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.level_scan import scan
from orderflow_sqlite.levels import LITERAL_LIMIT, TEXT_LIMIT, parse_levels, read_level
from orderflow_sqlite.raw_rows import RawRows, Value

from orderflow_core import load_kernels

PLAIN = [
    '[["61804.7", "35", "0", "1"], ["61804.6", "0", "0", "0"]]',
    '[["61804.7","35"],["0.00000001","1000000000000"]]',
    '[["123456789012345", "0.12345678"]]',
    "[[61804.7, 35], [61804, 0.5]]",
    "[['61804.7', '35', '0', '1'], ['61804.6', '0', '0', '0']]",
    "[('61804.7', '35'), (61804.6, 0)]",
    '[[1, 2, 0.5, 12345678], ["1", "2", "007"]]',
    "[]",
]
ODD = [
    "",
    "[",
    "[]]",
    "[[]]",
    '[["1"]]',
    '[["1", "2", "3", "4", "5"]]',
    '[["0", "1"]]',
    '[["-1", "1"]]',
    '[["1e3", "1"]]',
    '[["1.", "1"]]',
    '[[".5", "1"]]',
    "[[01, 1]]",
    "[[00.5, 1]]",
    '[["1", "1"],]',
    '[["1", "1"] ]',
    ' [["1", "1"]]',
    '[["1", "1\']]',
    '[("1", "1"]]',
    '[["1234567890123456", "1"]]',
    '[["1", "0.123456789"]]',
    '[["1", "1", "x"]]',
    "[[1, 1, 01]]",
    "[[1, 1, 1, 1,]]",
    '[["1", "1"]] ',
    '[["1", "1"',
    '{"1": "1"}',
]


def read(values: list[Value]) -> tuple[list[list[tuple[float, float]]], list[bool]]:
    """Return what the kernel makes of texts, and which it leaves."""
    rows = RawRows(1, len(values))
    rows.fill([(value,) for value in values])
    levels, odd = scan(rows, 0)
    sides = (levels.of(row) for row in range(len(values)))
    return [list(zip(p.tolist(), s.tolist(), strict=True)) for p, s in sides], odd.tolist()


def meaning(text: bytes) -> list[Any]:
    levels = parse_levels(text)
    assert levels is not None
    return [read_level(level) for level in levels]


@pytest.mark.parametrize("text", PLAIN)
def test_what_recordings_hold_is_read_by_the_kernel(text: str) -> None:
    found, odd = read([text.encode()])

    assert odd == [False]
    assert found == [meaning(text.encode())]


@pytest.mark.parametrize("text", ODD)
def test_anything_else_is_left_to_the_plain_reading(text: str) -> None:
    assert read([text.encode()]) == ([[]], [True])


def test_a_null_has_no_levels() -> None:
    assert read([None]) == ([[]], [False])


@pytest.mark.parametrize("value", [1, 1.5])
def test_a_value_that_is_no_text_is_left_to_the_plain_reading(value: Value) -> None:
    assert read([value]) == ([[]], [True])


def test_a_literal_above_the_limit_is_left_to_the_plain_reading() -> None:
    text = b"[" + b", ".join([b"['1', '1']"] * (LITERAL_LIMIT // 12 + 1)) + b"]"

    assert read([text])[1] == [True]


def test_json_above_the_limit_of_literals_is_read_by_the_kernel() -> None:
    text = b"[" + b",".join([b'["1","1"]'] * (LITERAL_LIMIT // 10 + 1)) + b"]"

    found, odd = read([text])

    assert odd == [False]
    assert len(found[0]) == LITERAL_LIMIT // 10 + 1


def test_a_text_above_the_limit_of_all_is_left_to_the_plain_reading() -> None:
    text = b"[[1,1]" + b",[1,1]" * (TEXT_LIMIT // 6) + b"]"

    assert read([text, b"[[3,4]]"]) == ([[], [(3.0, 4.0)]], [True, False])


@pytest.mark.parametrize("cut", ["[", "[[1,1],", "[[1,1", '[["1","1', "[[1,1]", "[[1.", "[[1,1],["])
def test_a_text_does_not_run_into_what_stands_behind_it(cut: str) -> None:
    """Neither into the next text nor into what the batch before left there."""
    more = (",".join(["[1,1]"] * 1000) + "]").encode()
    rows = RawRows(2, 2)
    rows.text[:] = np.resize(np.frombuffer(more, np.uint8), len(rows.text))
    rows.fill([(cut.encode(), more), (cut.encode(), more)])

    levels, odd = scan(rows, 0)

    assert odd.tolist() == [True, True]
    assert len(levels.price) == 0


@pytest.mark.parametrize("room", [0, 1, 2])
def test_levels_beyond_the_room_are_left(room: int) -> None:
    rows = RawRows(1, 2)
    rows.fill([(b"[[1,1]]",), (b"[[2,2],[3,3]]",)])
    price, size = np.full((2, 4), 7.0)
    offset, odd = np.empty(3, np.int64), np.empty(2, np.bool_)

    kernels = load_kernels("orderflow_sqlite.level_kernel")
    texts = rows.kind[0], rows.whole[0], rows.size[0]
    kernels.scan_levels(rows.text, *texts, price[:room], size[:room], offset, odd)

    assert odd.tolist() == [room < 1, True]
    assert price[room:].tolist() == [7.0] * (4 - room)


def test_texts_of_the_batch_before_take_no_room() -> None:
    rows = RawRows(1, 2)
    rows.fill([(b"[[1,1]]",), (b"[[1,1],[2,2]]",)])
    rows.fill([(b"[[1,1]]",), (None,)])

    assert rows.size[0].tolist() == [7, 0]


def test_an_odd_row_leaves_its_neighbours_alone() -> None:
    found, odd = read([b'[["1", "2"]]', b'[["3", "4"], nonsense]', b'[["5", "6"]]'])

    assert odd == [False, True, False]
    assert found == [[(1.0, 2.0)], [], [(5.0, 6.0)]]


numbers = st.one_of(
    st.decimals(min_value=0, max_value=10**12, places=8, allow_nan=False).map(str),
    st.integers(0, 10**16).map(str),
    st.floats(0, 1e15).map(repr),
    st.sampled_from(
        ["0", "1", "0.1", "00", "1e5", "-1", "", "9007199254740993", "0.30000000000000004"]
    ),
)
json_levels = st.lists(st.lists(numbers, min_size=1, max_size=5), max_size=4)
signs = st.text(alphabet="[]()\"', .0123456789e-x", max_size=30)
texts = st.one_of(
    json_levels.map(json.dumps),
    json_levels.map(str),
    json_levels.map(lambda levels: json.dumps(levels).replace('"', "")),
    signs,
    signs.map(lambda text: f"[[{text}]]"),
)


@given(st.lists(texts, min_size=1, max_size=6))
def test_any_text_has_its_plain_meaning_or_is_left(values: list[str]) -> None:
    encoded = [value.encode() for value in values]
    found, odd = read(list(encoded))

    for text, levels, left in zip(encoded, found, odd, strict=True):
        assert levels == ([] if left else meaning(text))


@given(st.lists(texts.map(str.encode), min_size=1, max_size=6), st.data())
def test_a_text_cut_anywhere_has_its_plain_meaning_or_is_left(
    values: list[bytes], data: st.DataObject
) -> None:
    cut = [value[: data.draw(st.integers(0, len(value)))] for value in values]
    found, odd = read(list(cut))

    for text, levels, left in zip(cut, found, odd, strict=True):
        assert levels == ([] if left else meaning(text))


@given(st.integers(1, 10**15 - 1), st.integers(0, 8))
def test_a_number_of_up_to_15_digits_is_the_float_that_python_reads(
    digits: int, point: int
) -> None:
    whole = f"{digits:0{point + 1}d}"
    text = f"{whole[:-point]}.{whole[-point:]}" if point else whole
    found, odd = read([f'[["{text}", "1"]]'.encode()])

    assert odd == [False]
    assert np.array(found[0][0][0]).tobytes() == np.array(float(text)).tobytes()
