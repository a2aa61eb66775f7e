"""Binance USD-M futures."""

from __future__ import annotations

from typing import Any

from orderflow_record.binance import Binance


class BinanceUsdm(Binance):
    """Binance USD-M futures: each update names the number of the one before it."""

    url = "wss://fstream.binance.com"
    rest_url = "https://fapi.binance.com"
    depth = "depth@100ms"
    depth_path = "/fapi/v1/depth?limit=1000&symbol={}"
    facts_path = "/fapi/v1/exchangeInfo"

    def before(self, data: dict[str, Any]) -> int:
        """Return the number that it names."""
        return int(data["pu"])
