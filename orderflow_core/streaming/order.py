"""The blocks of a source, held to their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orderflow_core.errors import EventError
from orderflow_core.events import Block


def in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    """Pass the blocks that have rows.

    Raises EventError for a block that begins before the last one ended, and for what is no block.
    """
    last: int | None = None
    for block in blocks:
        if not isinstance(block, Block):
            raise EventError(f"a {type(block).__name__} where a Block was expected")
        if not len(block):
            continue
        if last is not None and block.first_time < last:
            raise EventError(
                f"a Block that begins at {block.first_time}, after one whose last row or trade is "
                f"of {last}; blocks come in time order"
            )
        last = block.last_time
        yield block
