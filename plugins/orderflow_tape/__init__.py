"""The tape: large trades and sweeps."""

from orderflow_tape.large_trades import LargeTrades
from orderflow_tape.sweeps import Sweeps

__all__ = ["LargeTrades", "Sweeps"]
