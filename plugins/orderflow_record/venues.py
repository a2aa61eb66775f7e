"""What the author of a venue needs: messages and requests, and the class to begin with."""

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
