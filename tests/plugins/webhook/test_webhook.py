"""The webhook: what it sends, and what it costs where the other side fails."""

import json
import logging
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event as Flag
from threading import Thread
from time import time
from typing import Any

import pytest
from orderflow_webhook import Webhook, body
from pydantic import ValidationError

from orderflow_core import Plugin, Signal, TradeBatch, hookimpl
from orderflow_core.testing import Moment, run_plugins, trade, update

SECRET = "token-4f9dff"


class Receiver:
    """A server of this machine that keeps what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.dies = False
        self.go_on = Flag()
        self.go_on.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.bodies.append(json.loads(self.rfile.read(length)))
                receiver.go_on.wait(60)
                if receiver.dies:
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Write nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook?key={SECRET}"

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Signals(Plugin):
    """A signal a trade."""

    publishes = (Signal,)

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        for each in batch:
            self.publish(Signal(price=each.price, side=each.side, text="now"))


def sent(url: str, count: int = 1, now: int = 0, **values: Any) -> Webhook:
    """Run a market of so many signals."""
    webhook = Webhook(name="webhook", url=url, **values)
    market: list[Moment] = [update(now), *(trade(now, "100 buy 1") for _ in range(count))]
    run_plugins([Signals(name="signals"), webhook], market)
    return webhook


def test_a_signal_is_sent_with_its_instrument_and_an_id(receiver: Receiver) -> None:
    webhook = sent(receiver.url, historic=True)
    again = sent(receiver.url, historic=True)

    first, second = receiver.bodies
    assert (webhook.tally("sent", 0), again.tally("sent", 0)) == (1, 1)
    assert first == second
    assert (first["instrument"], first["simulated"], first["text"]) == ("TEST-USDT", False, "now")
    assert (first["price"], first["side"], len(first["id"])) == (100, 1, 32)


def test_one_of_a_simulated_market_says_so() -> None:
    told = json.loads(body(Signal(instrument="SIM-X", timestamp=1, known_at=1, text="up")))

    assert (told["simulated"], told["text"]) == (True, "SIMULATED: up")


@pytest.mark.parametrize(("age", "count"), [(0, 1), (60, 0)])
def test_only_new_signals_are_sent(receiver: Receiver, age: int, count: int) -> None:
    sent(receiver.url, now=round((time() - age) * 1000))

    assert len(receiver.bodies) == count


def test_more_than_so_many_a_minute_are_dropped_and_counted(receiver: Receiver) -> None:
    webhook = sent(receiver.url, 5, historic=True, per_minute=2)

    assert (webhook.tally("sent", 0), webhook.tally("dropped", 0)) == (2, 3)


def test_a_slow_server_costs_the_run_no_more_than_a_second(receiver: Receiver) -> None:
    receiver.go_on.clear()
    webhook = sent(receiver.url, 9, historic=True, queue=3)

    assert webhook.tally("dropped", 0) >= 5
    assert webhook.tally("sent", 0) == 0
    assert webhook.tally("not waited for", 0) >= 2


def test_a_server_that_dies_before_it_answers_fails_no_run(receiver: Receiver) -> None:
    receiver.dies = True
    webhook = sent(receiver.url, 2, historic=True)

    assert (webhook.tally("sent", 0), webhook.tally("failed", 0)) == (0, 2)
    assert len(receiver.bodies) == 2


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status = 302

    assert sent(receiver.url, historic=True).tally("failed", 0) == 1
    assert len(receiver.bodies) == 1


def test_an_address_that_refuses_fails_no_run_and_is_told_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/?key={SECRET}"
        with caplog.at_level(logging.INFO):
            webhook = sent(url, 2, historic=True)

    assert (webhook.tally("sent", 0), webhook.tally("failed", 0)) == (0, 2)
    assert "2 failed" in caplog.text
    assert SECRET not in caplog.text + repr(webhook.settings)


@pytest.mark.parametrize("url", ["https://example.org/x", "http://localhost:1/", "http://[::1]/"])
def test_https_and_this_machine_may_be_called(url: str) -> None:
    assert Webhook(url=url).settings.url.get_secret_value() == url


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://localhost", "https://", "https://a:b@example.org", "x"]
)
def test_no_other_address_may_be_called(url: str) -> None:
    with pytest.raises(ValidationError, match="must "):
        Webhook(url=url)
