"""Flow: order flow imbalance of the book, and imbalance of trades."""

from orderflow_flow.ofi import Ofi, order_flow
from orderflow_flow.trade_imbalance import TradeImbalance

__all__ = ["Ofi", "TradeImbalance", "order_flow"]
