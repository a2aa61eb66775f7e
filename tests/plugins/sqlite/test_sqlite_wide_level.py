"""Levels that look like the one before them are read at once, and as any other."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderflow_sqlite.level_scan import scan
from orderflow_sqlite.levels import parse_levels, read_level
from orderflow_sqlite.raw_rows import RawRows

Read = tuple[list[tuple[float, float]], bool]


def read(*texts: str) -> list[Read]:
    """Return the levels of each text, and whether it was left to the plain reading."""
    rows = RawRows(1, len(texts))
    rows.fill([(text.encode(),) for text in texts])
    levels, odd = scan(rows, 0)
    sides = (levels.of(row) for row in range(len(texts)))
    found = [list(zip(p.tolist(), s.tolist(), strict=True)) for p, s in sides]
    return list(zip(found, odd.tolist(), strict=True))


def bits(levels: list[Any]) -> bytes:
    return np.array(levels).tobytes()


LOOKS = {
    "OKX": ('["61804.7", "35", "0", "1"]', ", "),
    "Binance": ('["61804.7","35"]', ","),
    "Python": ("['61804.7', '35']", ", "),
    "numbers": ("[61804.7, 35]", ", "),
    "narrow": ("[61804.7,35]", ","),
}
OTHERS = [
    *('["1", "2", "0", "1"]', '["1", "2"]', '["1","2"]', '["1", "2","0", "1"]', "['1', '2']"),
    *("[1, 2]", "[1,2]", '["1", 2]', '("1", "2")', "[61804.7, 35, 0, 1]", '["1", "2", 0, 1]'),
    *('["1.2.3", "2"]', '["1", "2.3.4"]', '["1.", "2"]', '[".1", "2"]', '["", "2"]', '["1", ""]'),
    *('["0", "2"]', '["0.0", "2"]', '["1", "0"]', '["1", "0.000"]', "[01, 2]", "[1, 02]"),
    *("[0.5, 2]", "[1, 00]", '["007", "02"]', '["-1", "2"]', '["1e3", "2"]', '["1", "2e3"]'),
    *('["123456789012345", "2"]', '["1234567890123456", "2"]', '["1", "12345678901234.5"]'),
    *('["1", "1234567.12345678"]', '["1", "123456.123456789"]', '["1", "0.12345678"]'),
    *('["1", "2", "1234567", "1"]', '["1", "2", "12345678", "1"]', '["1", "2", "", "1"]'),
    *('["1", "2", "0.5", "1"]', '["1", "2", "0"]', '["1", "2", "0", "1", "2"]', '["1"]', "[]"),
    *('["1", "2"', '"1", "2"]', '["1" "2"]', '[ "1", "2"]', '["1", "2" ]', '["1",  "2"]'),
    '["000000000000000000001", "2"]',
    f'["{"1" * 70}", "2"]',
    f'["1", "2", "{"0" * 70}", "1"]',
    f'["1", "{" " * 64}2"]',
]


@pytest.mark.parametrize("look", LOOKS)
def test_levels_that_look_alike_are_those_that_are_read_alone(look: str) -> None:
    """Each other level after one of a look is read, or left, as it is without that one."""
    level, gap = LOOKS[look]
    [(known, _)] = read(f"[{level}]")
    for other in OTHERS:
        [(alone, left)] = read(f"[{other}]")
        [(found, odd)] = read(f"[{level}{gap}{other}{gap}{level}]")

        assert odd == left, other
        assert bits(found) == bits([] if left else [*known, *alone, *known]), other


def test_a_look_is_carried_into_the_next_text() -> None:
    first, second = read('[["1", "2"]]', '[["3", "4"], ["5", "6"]]')

    assert first == ([(1.0, 2.0)], False)
    assert second == ([(3.0, 4.0), (5.0, 6.0)], False)


@pytest.mark.parametrize("gap", [",", ", ", ",  ", " ,", "", " "])
def test_what_stands_between_levels_is_looked_at(gap: str) -> None:
    [(_, odd)] = read(f'[["1", "2"]{gap}["3", "4"]{gap}["5", "6"]]')

    assert odd == (gap not in {",", ", "})


numbers = st.builds(
    lambda digits, point: f"{digits[:point]}.{digits[point:]}" if point else digits,
    st.text("0123456789", min_size=1, max_size=17),
    st.integers(0, 9),
)


@given(
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12),
    st.sampled_from(['["{}", "{}", "0", "17"]', '["{}","{}"]', "[{}, {}]", "['{}', '{}', '3']"]),
    st.data(),
)
def test_levels_of_one_look_have_their_meaning_or_are_left(
    levels: list[tuple[str, str]], look: str, data: st.DataObject
) -> None:
    """Also where one sign of the text is another, and where more stands behind it."""
    text = "[" + ", ".join(look.format(*level) for level in levels) + "]"
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from("0.,[]\"' x"))
    texts = [text, text[:place] + sign + text[place + 1 :], text[:place], text]

    for each, (found, odd) in zip(texts, read(*texts), strict=True):
        if odd:
            assert found == []
        else:
            parsed = parse_levels(each.encode())
            assert parsed is not None
            assert bits(found) == bits([read_level(level)[:2] for level in parsed])


ALONE = """
from orderflow_sqlite.wide_level import has_shuffles
from test_sqlite_wide_level import LOOKS, OTHERS, bits, read
print(has_shuffles())
for level, gap in LOOKS.values():
    for other in OTHERS:
        [(found, odd)] = read(f"[{level}{gap}{other}{gap}{level}]")
        print(odd, bits(found).hex())
"""


@pytest.mark.slow
def test_a_processor_without_wide_instructions_reads_the_same(tmp_path: Path) -> None:
    here = os.pathsep.join([str(Path(__file__).parent), *sys.path])

    def told(**more: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": here, "NUMBA_CACHE_DIR": str(tmp_path), **more}
        command = [sys.executable, "-c", ALONE]
        return subprocess.check_output(command, env=environment, text=True).splitlines()

    without, here_is = told(NUMBA_CPU_NAME="generic"), told()

    assert without[0] == "False"
    assert without[1:] == here_is[1:]
