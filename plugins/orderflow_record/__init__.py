"""Recording a feed: venues without I/O, and the recorder that proves what it writes.

Who writes a venue imports from here, see docs/howto/venue.md.
"""

from orderflow_record.messages import (
    Facts,
    Fetch,
    Level,
    Message,
    Notice,
    Request,
    Send,
    Snapshot,
    Trade,
    Update,
)
from orderflow_record.venue import Venue

__all__ = [
    "Facts",
    "Fetch",
    "Level",
    "Message",
    "Notice",
    "Request",
    "Send",
    "Snapshot",
    "Trade",
    "Update",
    "Venue",
]
