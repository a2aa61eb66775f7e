"""The last trades as they were written, in lines of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orderflow_core.contract.shapes import TRADES_LINE


@dataclass(frozen=True)
class Trades:
    """Trades in their order: times in ms, prices, sizes, and aggressor sides (+1 buy, -1 sell)."""

    timestamp: NDArray[np.int64]
    price: NDArray[np.float64]
    size: NDArray[np.float64]
    side: NDArray[np.int8]

    @property
    def weight(self) -> int:
        """How many bytes they are, about."""
        return 24 * len(self.timestamp)

    @property
    def wire(self) -> dict[str, Any]:
        """What the browser is sent of them; `x` the times, each but the first by how much later."""
        return {
            "x": np.diff(self.timestamp, prepend=0).tolist(),
            "price": self.price.tolist(),
            "size": self.size.tolist(),
            "side": self.side.tolist(),
        }


def read_trades(line: bytes) -> Trades:
    """Return a line of `trades_data.jsonl`; raises ValueError for what is none."""
    found = TRADES_LINE.validate_json(line)
    return Trades(
        np.array(found.timestamp, np.int64),
        np.array(found.price, np.float64),
        np.array(found.size, np.float64),
        np.array(found.side, np.int8),
    )
