"""Binance COIN-M futures."""

from __future__ import annotations

from orderflow_record.binance_usdm import BinanceUsdm


class BinanceCoinm(BinanceUsdm):
    """Binance COIN-M futures: sizes are contracts of a fixed value in dollars."""

    url = "wss://dstream.binance.com"
    rest_url = "https://dapi.binance.com"
    depth_path = "/dapi/v1/depth?limit=1000&symbol={}"
    facts_path = "/dapi/v1/exchangeInfo"
