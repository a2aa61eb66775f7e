"""What the author of an engine needs: who runs the units of a run, and what a worker does."""

from orderflow_core.contract.api import own_version
from orderflow_core.engine.engine import Died, Engine, Heard
from orderflow_core.engine.job import Ended, Job, Sent, Tell, check_version, perform
from orderflow_core.settings.engine import EngineSettings

__all__ = [
    "Died",
    "Ended",
    "Engine",
    "EngineSettings",
    "Heard",
    "Job",
    "Sent",
    "Tell",
    "check_version",
    "own_version",
    "perform",
]
