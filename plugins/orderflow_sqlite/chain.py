"""The sequence numbers of a recorded feed: whether any of its rows is missing."""

from __future__ import annotations

import numpy as np

from orderflow_core import Bools, Ints

NO_NUMBER = np.iinfo(np.int64).min
_FROM_NOTHING = -1


class Chain:
    """Follows `seq_id` and `prev_seq_id` from row to row, over batches and files.

    A row is linked when its `prev_seq_id` is the `seq_id` of the row before it. So an equal pair,
    by which OKX keeps a quiet feed alive, is linked, and so is a `seq_id` lower than its
    `prev_seq_id`, by which OKX resets its count. A row that is not linked breaks the chain, and
    the book is unsure until the next snapshot. A `prev_seq_id` of -1 says that nothing comes
    before the row: it is a snapshot. `NO_NUMBER` stands for what is no whole number; such a row
    breaks the chain too, but for those before the first number of all, so that a table whose
    numbers are all missing is not broken.
    """

    def __init__(self) -> None:
        self._last = int(NO_NUMBER)
        self._numbered = False
        self._sure = True

    def follow(self, seq: Ints, prev: Ints, snapshot: Bools) -> tuple[Bools, Bools]:
        """Return which of the next n rows are snapshots, and after which the book is sure.

        `seq` and `prev` are `[n]`; `snapshot[n]` marks the rows that are known as snapshots.
        """
        if not len(seq):
            return snapshot, snapshot
        snapshot = snapshot | (prev == _FROM_NOTHING)
        has_seq, has_prev = seq != NO_NUMBER, prev != NO_NUMBER
        numbered = self._numbered | np.logical_or.accumulate(has_seq | has_prev)
        linked = (prev == np.append(self._last, seq[:-1])) & has_seq & has_prev
        broken = numbered & ~linked
        # The last row up to each one that settled the matter, counted from 1; 0: none did.
        settled = np.maximum.accumulate(np.where(snapshot | broken, np.arange(1, len(seq) + 1), 0))
        sure = np.append(self._sure, snapshot)[settled]
        self._last, self._numbered, self._sure = int(seq[-1]), bool(numbered[-1]), bool(sure[-1])
        return snapshot, sure
