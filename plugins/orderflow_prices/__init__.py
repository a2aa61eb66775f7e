"""Prices that are no trade's: weighted mid, VAMP, micro-price, VWAP."""

from orderflow_prices.microprice import MicroPrice
from orderflow_prices.mids import Vamp, WeightedMid
from orderflow_prices.vwap import Vwap

__all__ = ["MicroPrice", "Vamp", "Vwap", "WeightedMid"]
