"""A fake exchange, for whoever writes a venue: it plays messages with faults.

`Exchange` has the messages and the book, a `Side` speaks as the venue's exchange does, `faults`
draws what goes wrong; `play` lets a session take it without a socket, `serve` with one. Under
`slow_disk` and `full_disk` a recorder cannot write.
"""

from orderflow_record.testing.disks import full_disk, slow_disk
from orderflow_record.testing.exchange import Exchange, Sent
from orderflow_record.testing.faults import FAULTS, Delivery, Fault, Faulty, Loss, faults
from orderflow_record.testing.playing import play
from orderflow_record.testing.serving import Server, serve
from orderflow_record.testing.sides import BinanceSide, OkxSide, Side

__all__ = [
    "FAULTS",
    "BinanceSide",
    "Delivery",
    "Exchange",
    "Fault",
    "Faulty",
    "Loss",
    "OkxSide",
    "Sent",
    "Server",
    "Side",
    "faults",
    "full_disk",
    "play",
    "serve",
    "slow_disk",
]
