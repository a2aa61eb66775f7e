"""The header: the last price, how the run fares, and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dash import html

from orderflow_app.dashboard.figures.panes import price_decimals
from orderflow_app.dashboard.numbers import number
from orderflow_app.dashboard.reading.reader import State, View
from orderflow_core.contract.report import Report
from orderflow_core.times import utc

_STATES: dict[State, tuple[str, str, str]] = {
    "live": ("Live", "teal", "a run is writing these files"),
    "stale": ("Stale", "yellow", "the run that writes these files has gone silent"),
    "ok": ("Finished", "blue", "the run has ended, and all went well"),
    "failed": ("Failed", "red", "the run has ended, and something failed"),
    "interrupted": ("Interrupted", "yellow", "the run was stopped before its end"),
    "unknown": ("No run", "gray", "there is no readable report of a run"),
}


def price(view: View) -> list[Any]:
    """Return the last price and its change since the first bar of the run that was seen."""
    last = next((bar[4] for bar in reversed(view.bars) if bar[4] is not None), None)
    if last is None or view.since is None or view.since[1] is None:
        return []
    decimals = price_decimals(view)
    first = view.since[1]
    change = last - first
    share = f" ({number(change / first * 100, 2, signed=True)} %)" if first else ""
    return [
        html.Span(number(last, decimals), className="last"),
        html.Span(
            f"{number(change, decimals, signed=True)}{share}",
            className="change up" if change >= 0 else "change down",
        ),
        html.Span(f"since {utc(view.since[0])}", className="since"),
    ]


def status(view: View) -> list[Any]:
    """Return the badges and figures of the run."""
    name, color, meaning = _STATES[view.state]
    badges = [html.Span(_badge(name, color, meaning), className="state")]
    run = view.run
    if run is None:
        return badges
    if run.simulated:
        badges.append(_badge("SIMULATED", "orange", "this is no recording of a real market"))
    refused = sum(run.counts.refused.values())
    if refused:
        reasons = "\n".join(f"{count:,} × {why}" for why, count in run.counts.refused.items())
        badges.append(_badge(f"{refused:,} refused", "yellow", reasons))
    lost = [gap for gap in run.gaps if gap.reason]
    if lost:
        told = "\n".join(f"{utc(gap.after)}: {gap.reason}" for gap in lost[-20:])
        badges.append(_badge(f"{len(lost):,} gaps", "yellow", told))
    return [*badges, *_figures(run)]


def notices(view: View, data: Path, elsewhere: str | None = None) -> list[Any]:
    """Return what is wrong, in plain sight; what to run where there is nothing yet.

    `elsewhere` is another instrument that is written just now.
    """
    found = [_notice("info", "A run writes elsewhere", _pointed_to(elsewhere))] if elsewhere else []
    if not view.stamps:
        return [*found, _notice("info", "No data yet", _first_visit(data))]
    found += [
        _notice("bad", f"Plugin {plugin.name} failed", plugin.error or "it gave no reason")
        for plugin in (view.run.plugins if view.run else [])
        if plugin.status == "failed"
    ]
    if view.run and view.run.warnings:
        found.append(_notice("warning", "Doubtful results", "; ".join(view.run.warnings)))
    if view.faults:
        shown = "The last good picture is shown. " if view.bars or view.series else ""
        told = shown + "; ".join(view.faults.values())
        found.append(_notice("warning", "Not up to date", told))
    if view.state == "stale" and view.written is not None:
        since = f"Nothing was written since {utc(view.written * 1000)}."
        found.append(_notice("warning", "The run has gone silent", since))
    return found


def _figures(run: Report) -> list[Any]:
    time = utc(run.last_timestamp) if run.last_timestamp is not None else "no data yet"
    rate = f"{run.counts.windows / max(run.seconds, 1e-3):,.0f} rows/s"
    speed = run.speed or run.settings.get("source", {}).get("speed")
    pace = f"{speed:g}×" if isinstance(speed, int | float) and 0 < speed < 2**63 else "max"
    if run.paused:
        pace = "paused"
    figures = [
        _figure("Data time", time),
        _figure("Speed", f"{pace} · {rate}"),
        _figure("Trades", f"{run.counts.trades:,}"),
    ]
    if run.lag_seconds is not None:
        figures.insert(0, _figure("Lag", f"{number(run.lag_seconds, 1)} s"))
    elif run.status == "running":
        percent = f"{min(max(run.progress, 0.0), 1.0) * 100:.0f}"
        bar = html.Progress(value=percent, max="100")
        figures.insert(0, _figure("Progress", html.Span([f"{percent} %", bar])))
    return figures


def _badge(text: str, color: str, meaning: str) -> html.Span:
    return html.Span(text, title=meaning, className=f"badge {color}")


def _figure(name: str, value: Any) -> html.Div:
    return html.Div([html.Span(name), html.B(value)], className="figure")


def _notice(kind: str, title: str, content: Any) -> html.Details:
    """Return a notice, which a click on its title folds away."""
    parts = [html.Summary(title), html.Div(content)]
    return html.Details(parts, open=True, className=f"notice {kind}")


def _pointed_to(instrument: str) -> list[Any]:
    link = html.A(instrument, href=f"?{urlencode({'instrument': instrument})}")
    return ["The files of ", link, " are being written, and not those that are shown here."]


def _first_visit(data: Path) -> str:
    return (
        f"There are no files under {data}. This fills the page: "
        "orderflow run --config settings.toml"
    )
