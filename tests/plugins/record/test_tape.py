"""Tapes: lines of frames with the times of their receipt."""

import gzip
from pathlib import Path

import pytest
from orderflow_record.tape import Frame, frames

from orderflow_core import InputError

LINES = {
    '1700000000123456789 {"a":1}': Frame(1700000000123.4568, '{"a":1}'),
    '1700000000123456 {"a":1}': Frame(1700000000123.456, '{"a":1}'),
    '1700000000123 {"a":1}': Frame(1700000000123, '{"a":1}'),
    '1700000000.5: {"a":1}': Frame(1700000000500, '{"a":1}'),
    "1700000000.5: pong": Frame(1700000000500, "pong"),
    '{"a":1}': Frame(None, '{"a":1}'),
    "wss://somewhere <-> 1700000000.5": Frame(None, None),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is(tmp_path: Path, line: str) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text(f"{line}\n\n")

    [frame] = frames(path)

    assert frame.text == LINES[line].text
    assert frame.receipt == pytest.approx(LINES[line].receipt, abs=0.01)


def test_what_was_sent_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "tape.ws"
    path.write_text('wss://somewhere <- 1700000000.5: {"op":"subscribe"}\n')

    assert list(frames(path)) == []


def test_a_tape_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n'))

    assert list(frames(path)) == [Frame(None, '{"a":1}')]


def test_a_tape_that_is_cut_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n' * 1_000)[:-9])

    with pytest.raises(InputError, match=r"tape\.jsonl\.gz cannot be read"):
        list(frames(path))
