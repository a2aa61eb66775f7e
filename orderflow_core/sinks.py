"""What the author of a sink needs besides `orderflow_core`: a folder of one's own, whole files."""

from orderflow_core.contract.instruments import filled, is_one_folder
from orderflow_core.output.attempt import beside_others, still_held
from orderflow_core.output.owner import hold, living_owner, release, taken
from orderflow_core.output.whole import TEMPORARY, remove_temporary_files, write_whole

__all__ = [
    "TEMPORARY",
    "beside_others",
    "filled",
    "hold",
    "is_one_folder",
    "living_owner",
    "release",
    "remove_temporary_files",
    "still_held",
    "taken",
    "write_whole",
]
