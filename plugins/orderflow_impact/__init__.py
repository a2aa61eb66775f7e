"""Impact: Kyle's lambda, Amihud's illiquidity, VPIN."""

from orderflow_impact.slopes import Amihud, Kyle
from orderflow_impact.vpin import Vpin

__all__ = ["Amihud", "Kyle", "Vpin"]
