"""The ladder: the best levels of each side with their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from orderflow_app.dashboard.numbers import number, short
from orderflow_core.contract.shapes import Depth, Level

LEVELS = 10


def ladder(depth: Depth, decimals: int) -> list[Any]:
    """Return the best ten asks, mid and spread, and the best ten bids, from high to low.

    `decimals` are those of prices.
    """
    asks, bids = depth.asks[:LEVELS], depth.bids[:LEVELS]
    if not asks and not bids:
        return [html.Div("no levels", className="empty")]
    largest = max(size for _, size in (*asks, *bids))
    return [
        _table("Asks", _rows(list(reversed(asks)), "ask", largest, decimals)),
        html.Div(_middle(depth, decimals), className="mid"),
        _table("Bids", _rows(bids, "bid", largest, decimals)),
    ]


def _middle(depth: Depth, decimals: int) -> list[Any]:
    mid = depth.mid
    if mid is None:
        return [html.Span("one side is empty")]
    spread = depth.asks[0][0] - depth.bids[0][0]
    return [
        html.Span([html.Small("mid"), html.B(number(mid, decimals + 1))]),
        html.Span(
            [
                html.Small("spread"),
                html.B(number(spread, decimals)),
                html.Small(f"{number(spread / mid * 1e4, 2)} bps"),
            ]
        ),
    ]


def _table(name: str, rows: Sequence[Any]) -> html.Table:
    named: Any = {"aria-label": name}
    return html.Table(html.Tbody(rows), **named)


def _rows(levels: Sequence[Level], side: str, largest: float, decimals: int) -> list[html.Tr]:
    return [
        html.Tr(
            [html.Td(number(price, decimals)), html.Td(short(size))],
            className=f"level {side}",
            style={"--share": f"{size / largest:.1%}" if largest > 0 else "0%"},
        )
        for price, size in levels
    ]
