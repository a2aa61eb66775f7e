"""Figures are pure functions of what the files hold."""

from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest
from orderflow_app.dashboard.figures.chart import chart_figure
from orderflow_app.dashboard.figures.depth import depth_figure
from orderflow_app.dashboard.figures.panes import pane_names, panes_of
from orderflow_app.dashboard.figures.style import THEMES, shade, theme_of
from orderflow_app.dashboard.reading.reader import View

from orderflow_core.contract.shapes import Depth
from tests.app.dashboard.files import START, series
from tests.app.dashboard.views import view

DARK = THEMES["dark"]


def figure(shown: View, hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the chart as the browser gets it."""
    return chart_figure(panes_of(shown, DARK, hidden), DARK, 1)


def trace(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["data"] if each["name"] == name)


def axis_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    axis: dict[str, Any] = found["layout"][trace(found, name)["yaxis"].replace("y", "yaxis")]
    return axis


def test_candles_have_the_bars() -> None:
    candles = trace(figure(view(2)), "price")

    assert candles["type"] == "candlestick"
    assert list(candles["x"]) == [START, START + 60_000]
    assert list(candles["open"]) == [100.0, 101.0]
    assert list(candles["high"]) == [102.5, 103.5]
    assert list(candles["low"]) == [99.5, 100.5]
    assert list(candles["close"]) == [101.0, 102.0]


def test_volume_stands_beneath_the_candles_in_their_colours() -> None:
    found = figure(view(2, bars=[(0, 1.0, 2.0, 1.0, 2.0, 5.0), (1, 2.0, 2.0, 1.0, 1.0, 6.0)]))
    volume = trace(found, "volume")

    assert list(volume["y"]) == [5.0, 6.0]
    assert list(volume["marker"]["color"]) == [DARK.up, DARK.down]
    assert axis_of(found, "volume")["domain"][1] < axis_of(found, "price")["domain"][0]


def test_all_panes_share_one_axis_of_time() -> None:
    found = figure(view())

    assert {each["xaxis"] for each in found["data"]} == {"x"}
    assert found["layout"]["xaxis"]["type"] == "date"
    assert "xaxis2" not in found["layout"]


def test_imbalance_is_candles_in_tones_of_its_colour() -> None:
    obi = trace(figure(view()), "obi")

    assert obi["type"] == "candlestick"
    assert obi["increasing"]["fillcolor"] == "#4f9dff"
    assert obi["decreasing"]["fillcolor"] == shade("#4f9dff", DARK.background, 0.55)


@pytest.mark.parametrize(
    ("style", "kind"), [("candles", "candlestick"), ("line", "scatter"), ("bars", "bar")]
)
def test_a_metric_that_nobody_knows_gets_a_pane_in_its_style(style: str, kind: str) -> None:
    metrics = {"obi": series(3), "mine": series(3, "My <own>", "mine", style=style, unit="USD")}
    found = figure(view(metrics=metrics))
    labels = [each["text"] for each in found["layout"]["annotations"]]

    assert trace(found, "mine")["type"] == kind
    assert axis_of(found, "mine")["domain"][0] == 0.0
    assert any("<b>My &lt;own&gt;</b>" in label and "0.2500 USD" in label for label in labels)


def test_a_series_without_a_colour_gets_one_of_its_own() -> None:
    metrics = {key: series(3, key, key, color=None, style="line") for key in ("a", "b")}
    found = figure(view(metrics=metrics))

    assert trace(found, "a")["line"]["color"] != trace(found, "b")["line"]["color"]


def test_a_series_of_the_price_pane_is_drawn_over_the_candles() -> None:
    found = figure(view(metrics={"vwap": series(3, "VWAP", "price", style="line")}))

    assert trace(found, "vwap")["yaxis"] == trace(found, "price")["yaxis"]


def test_panes_stand_in_the_order_of_the_tables_whatever_came_first() -> None:
    keys = ["cvd", "spread", "obi", "tot", "spread.width"]
    tables: dict[str, Any] = {"book": {}, "obi": {}, "cvd": {}, "spread": {}}
    run = {"settings": {"plugins": tables}}
    shown = view(metrics={key: series(3, key, key) for key in keys}, run=run)

    assert list(pane_names(shown)) == [
        "price", "volume", "obi", "tot", "cvd", "spread", "spread.width"
    ]  # fmt: skip
    assert [pane.name for pane in panes_of(shown, DARK)] == list(pane_names(shown))


def test_a_colour_stays_when_another_series_appears() -> None:
    run: dict[str, Any] = {"settings": {"plugins": {"obi": {}, "cvd": {}}}}
    colours = [
        trace(figure(view(metrics=metrics, run=run)), "cvd")["line"]["color"]
        for metrics in (
            {"cvd": series(3, "CVD", "cvd", style="line", color=None)},
            {
                "obi": series(3, color=None),
                "cvd": series(3, "CVD", "cvd", style="line", color=None),
            },
        )
    ]

    assert colours[0] == colours[1]


def test_series_of_one_pane_share_it() -> None:
    metrics = {"fast": series(3, "Fast", "speed"), "slow": series(3, "Slow", "speed")}
    found = figure(view(metrics=metrics))

    assert trace(found, "fast")["yaxis"] == trace(found, "slow")["yaxis"]


def test_a_hidden_pane_leaves_its_room_to_the_others() -> None:
    all_panes, fewer = figure(view()), figure(view(), hidden=("obi", "price"))

    assert [each["name"] for each in fewer["data"]] == ["volume"]
    assert axis_of(fewer, "volume")["domain"] == pytest.approx((0.0, 1.0))
    assert fewer["layout"]["meta"]["least"] < all_panes["layout"]["meta"]["least"]


@pytest.mark.parametrize("count", [0, 3, 120])
def test_plotly_takes_the_chart_as_it_is(count: int) -> None:
    styles = ("candles", "line", "bars")
    metrics = {f"m{i}": series(3, "M", f"m{i}", style=styles[i % 3]) for i in range(count)}
    found = figure(view(metrics=metrics))

    assert len(go.Figure(found).data) == count + 2  # raises for what is not of Plotly's schema


@pytest.mark.parametrize("count", [0, 1, 8, 83, 1000])
def test_panes_do_not_overlap_however_many_there_are(count: int) -> None:
    metrics = {f"m{i}": series(3, f"m{i}", f"m{i}") for i in range(count)}
    found = figure(view(metrics=metrics))
    domains = [axis_of(found, each["name"])["domain"] for each in found["data"]]

    assert all(low < high for low, high in domains)
    assert all(above[0] > below[1] for above, below in pairwise(domains))
    assert found["layout"]["meta"]["least"] == 210 + 64 + 104 * count + 46


def test_the_last_price_is_marked_at_the_edge() -> None:
    found = figure(view(2))

    assert found["layout"]["annotations"][-1]["text"] == "102.0"
    assert found["layout"]["shapes"][-1]["y0"] == 102.0


def test_there_may_be_no_bars_and_no_series() -> None:
    found = figure(view(bars=[], metrics={}))

    assert [len(each["x"]) for each in found["data"]] == [0, 0]


@pytest.mark.parametrize(
    ("color", "drawn"),
    [("#48f", "#4488ff"), ("#48fc", "#4488ffcc"), ("#4f9dffcc", "#4f9dffcc")],
)
def test_every_colour_that_a_series_may_have_is_drawn(color: str, drawn: str) -> None:
    found = figure(view(metrics={"obi": series(3, color=color, style="line")}))

    assert trace(found, "obi")["line"]["color"] == drawn


def test_the_axis_says_utc() -> None:
    assert "UTC" in [each["text"] for each in figure(view())["layout"]["annotations"]]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_theme_colours_the_paper(name: str) -> None:
    theme = theme_of(name)

    found = chart_figure(panes_of(view(), theme), theme, 1)

    assert found["layout"]["paper_bgcolor"] == theme.background


def test_depth_is_cumulative_from_the_mid_outwards() -> None:
    bids, asks = depth_figure(view().depth, DARK).data

    assert (list(bids.x), list(bids.y)) == ([100.0, 99.0], [2.0, 10.0])
    assert (list(asks.x), list(asks.y)) == ([101.0, 103.0], [1.0, 5.0])
    assert list(asks.customdata) == pytest.approx([49.751, 248.756])
    assert "bps from mid" in asks.hovertemplate


def test_depth_of_one_side_has_no_mid() -> None:
    found = depth_figure(Depth(bids=[(100.0, 2.0)]), DARK)

    assert list(found.data[1].x) == []
    assert not found.layout.shapes
