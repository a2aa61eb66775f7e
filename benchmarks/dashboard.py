"""What the dashboard costs: server time and bytes, and in a browser frames, processor and delay.

`uv run python -m benchmarks.dashboard` writes files of 1,000 bars, serves them as the command does,
and asks as a browser does, its headers included. Where there is Chromium, which draws without a
GPU here, the page is then moved and fed with 5 and 14 panes. `--minutes 10` watches its memory too,
while ten bars a second come. `--flow` measures order flow alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from orderflow_app.dashboard.hosts import listen
from orderflow_app.dashboard.server import UPDATE, serve

from benchmarks.browser import measure_memory, measure_page
from benchmarks.flow import add_flow, measure_flow, write_flow
from tests.app.dashboard.files import MINUTE, START, bars, report, write_files
from tests.app.dashboard.question import flow_after, told_after

BARS, SERIES, LEVELS, TIMES = 1000, 8, 50, 30
NAME = "SIM-BTC-USDT"
HEADERS = {  # those that Chromium sends
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Connection": "keep-alive",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
}


class Client:
    """One connection that counts its bytes."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self.sent = self.received = 0

    def ask(self, method: str, path: str, question: object = None) -> bytes:
        """Return the body of an answer; count head and body of both ways."""
        content = b"" if question is None else json.dumps(question).encode()
        headers = HEADERS | ({"Content-Type": "application/json"} if content else {})
        self._connection.request(method, path, content or None, headers)
        answer = self._connection.getresponse()
        found = answer.read()
        assert answer.status == 200, found
        if answer.headers["Content-Encoding"] == "gzip":
            received, found = len(found), gzip.decompress(found)
        else:
            received = len(found)
        head = sum(len(f"{name}: {value}\r\n") for name, value in headers.items())
        self.sent += len(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8050\r\n\r\n") + head
        self.sent += len(content)
        self.received += len("HTTP/1.1 200 OK\r\n\r\n") + received
        self.received += sum(len(f"{name}: {value}\r\n") for name, value in answer.getheaders())
        return found


def write(folder: Path, count: int, series: int = SERIES) -> None:
    """Write the files of a run that has come to this bar, the last 1,000 bars in them."""
    first = count - BARS
    rows = [[*bar[:5]] for bar in bars(BARS, first)]
    looks = {"style": "candles", "unit": "", "color": None, "rows": rows}
    write_files(
        folder,
        ohlc=bars(BARS, first),
        depth={
            "bids": [[100.0 + count - i / 10, 1.5 + i % 7] for i in range(LEVELS)],
            "asks": [[100.1 + count + i / 10, 1.5 + i % 7] for i in range(LEVELS)],
        },
        metrics={f"m{i}": {"title": f"M{i}", "pane": f"m{i}", **looks} for i in range(series)},
        run=report(instrument=NAME, last_timestamp=START + count * MINUTE, status="running"),
    )


class Page:
    """What the page has, tells and asks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told: dict[str, Any] = {}
        self.more = False

    def first_load(self, client: Client) -> None:
        """Ask for everything, as after the scripts have come."""
        self._told = {}
        self.tick(client)

    def tick(self, client: Client) -> None:
        """Ask for what has changed."""
        answer = json.loads(client.ask("POST", UPDATE, self._told))
        flow = answer.get("flow") or {}
        self.more = any((flow.get(name) or {}).get("more") for name in ("cells", "trades"))
        if "parts" in answer:
            answer["parts"].setdefault("instrument", {"value": NAME})
            self._told = told_after(answer, self._told)
        elif flow:
            self._told["flow"] = flow_after(flow, self._told["flow"])

    def measure(self, name: str, ask: Callable[[Client], None], before: Callable[[], None]) -> None:
        """Print the median time and bytes of a question."""
        seconds, sent, received = [], [], []
        for _ in range(TIMES):
            before()
            client = Client(self._port)
            start = time.perf_counter()
            ask(client)
            seconds.append(time.perf_counter() - start)
            sent.append(client.sent)
            received.append(client.received)
        milliseconds = median(seconds) * 1000
        print(f"{name:16}{milliseconds:12.1f}{median(sent):12,.0f}{median(received):12,.0f}")


def measure_server(folder: Path, port: int) -> None:
    """Measure what the server does, and print it."""
    count = BARS

    def grow() -> None:
        nonlocal count
        count += 1
        write(folder, count)

    def rest() -> None:
        pass

    print(f"{BARS:,} bars, {SERIES} series, {LEVELS} levels a side; median of {TIMES}\n")
    print(f"{'':16}{'ms':>12}{'bytes up':>12}{'bytes down':>12}")
    page = Page(port)
    page.measure("first load", page.first_load, rest)
    page.measure("unchanged tick", page.tick, rest)
    page.measure("changed tick", page.tick, grow)


def measure_server_of_flow(folder: Path, port: int) -> None:
    """Measure ticks with and without order flow, and print it."""
    count = BARS

    def grow(*, flow: bool) -> None:
        nonlocal count
        count += 1
        if flow:
            add_flow(folder, count - 1)
        write(folder, count)

    page, client = Page(port), Client(port)
    page.first_load(client)
    while page.more:
        page.tick(client)
    print(f"\n{'':16}{'ms':>12}{'bytes up':>12}{'bytes down':>12}")
    page.measure("bars alone", page.tick, partial(grow, flow=False))
    page.measure("and order flow", page.tick, partial(grow, flow=True))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description="What the dashboard costs.")
    options.add_argument("--minutes", type=int, default=0, help="how long to watch the memory")
    options.add_argument("--flow", action="store_true", help="measure order flow alone")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as data:
        folder = Path(data) / NAME
        write(folder, BARS)
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        Thread(target=serve, args=(listener, data, "127.0.0.1"), daemon=True).start()
        Client(port).ask("GET", "/")
        url = f"http://127.0.0.1:{port}"
        if not chosen.flow:
            measure_server(folder, port)
            for series in (3, 12):
                measure_page(url, BARS, partial(write, folder, series=series))
        if chosen.minutes:
            measure_memory(url, chosen.minutes, BARS, partial(write, folder, series=3))
        write_flow(folder)
        write(folder, BARS, series=3)
        measure_flow(url, BARS)
        measure_server_of_flow(folder, port)


if __name__ == "__main__":
    main()
