"""Binance spot."""

from __future__ import annotations

from typing import Any

from orderflow_record.binance import Binance


class BinanceSpot(Binance):
    """Binance spot: an update begins with the number after the last.

    Levels beyond the deepest that the book shows are never deleted, so it is asked for anew each
    hour; the best levels are right without.
    """

    url = "wss://stream.binance.com:9443"
    rest_url = "https://api.binance.com"
    depth = "depth@100ms"
    depth_path = "/api/v3/depth?limit=5000&symbol={}"
    facts_path = "/api/v3/exchangeInfo?symbol={}"
    refresh_seconds = 3600

    def before(self, data: dict[str, Any]) -> int:
        """Return the number before its first."""
        return int(data["U"]) - 1
