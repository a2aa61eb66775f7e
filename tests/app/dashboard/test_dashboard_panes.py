"""Panes are pure functions of what the files hold."""

import re
from pathlib import Path
from typing import Any

import pytest
from orderflow_app import dashboard
from orderflow_app.dashboard.figures.panes import Drawing, Pane, panes_of, price_decimals
from orderflow_app.dashboard.figures.style import BACKGROUNDS, PALETTE, contrast, readable

from orderflow_core.contract.shapes import DEPTH_FILE
from tests.app.dashboard.files import MINUTE, START, series
from tests.app.dashboard.views import view

STYLE = Path(dashboard.__file__).parent / "assets" / "page.css"
TABLES: dict[str, Any] = {"obi": {}, "obi_fast": {"window_seconds": 10.0}, "cvd": {}}


def drawings(**changes: Any) -> dict[str, Drawing]:
    """Return what is drawn of a view, by key."""
    panes = panes_of(view(**changes))
    return {each.looks["key"]: each for pane in panes for each in pane.drawings}


def pane(name: str, **changes: Any) -> Pane:
    return next(each for each in panes_of(view(**changes)) if each.name == name)


def test_candles_have_the_bars() -> None:
    assert drawings(count=2)["price"].columns == {
        "x": [START, START + MINUTE],
        "open": [100.0, 101.0],
        "high": [102.5, 103.5],
        "low": [99.5, 100.5],
        "close": [101.0, 102.0],
    }


@pytest.mark.parametrize(
    ("facts", "decimals"),
    [
        ({}, 2),
        ({"tick": 1e-9}, 9),
        ({"tick": 1.0}, 0),
        ({"tick": 1.0, "inferred": ["tick"]}, 2),
    ],
)
def test_prices_have_the_decimals_of_the_tick_where_one_is_said(
    facts: dict[str, Any], decimals: int
) -> None:
    bars = [(0, 1.25, 2.0, 1.0, 2.0, 5.0)]

    assert price_decimals(view(bars=bars, run={"facts": facts})) == decimals


def test_volume_tells_which_bars_rise() -> None:
    bars = [(0, 1.0, 2.0, 1.0, 2.0, 5.0), (1, 2.0, 2.0, 1.0, 1.0, 6.0)]
    volume = drawings(bars=bars)["volume"].columns

    assert (volume["y"], volume["up"]) == ([5.0, 6.0], [True, False])


@pytest.mark.parametrize(
    ("style", "columns"), [("candles", 5), ("line", 2), ("steps", 2), ("bars", 2)]
)
def test_a_metric_that_nobody_knows_gets_a_pane_in_its_style(style: str, columns: int) -> None:
    mine = series(3, "My own", "mine", style=style, unit="USD")
    found = pane("mine", metrics={"mine": mine})

    assert (found.title, found.drawings[0].looks["style"]) == ("My own", style)
    assert found.drawings[0].looks["unit"] == "USD"
    assert len(found.drawings[0].columns) == columns


def test_series_of_one_pane_share_it_and_those_of_the_price_lie_over_the_candles() -> None:
    metrics = {
        "fast": series(3, "Fast", "speed"),
        "slow": series(3, "Slow", "speed"),
        "vwap": series(3, "VWAP", "price", style="line"),
    }
    shown = panes_of(view(metrics=metrics))

    assert {each.name: [one.looks["key"] for one in each.drawings] for each in shown} == {
        "price": ["price", "vwap"],
        "volume": ["volume"],
        "speed": ["fast", "slow"],
    }


def test_panes_stand_in_the_order_of_the_tables_whatever_came_first() -> None:
    keys = ["cvd", "spread", "obi", "tot", "spread.width"]
    tables: dict[str, Any] = {"book": {}, "obi": {}, "cvd": {}, "spread": {}}
    run = {"settings": {"plugins": tables}}
    shown = view(metrics={key: series(3, key, key) for key in keys}, run=run)

    assert [each.name for each in panes_of(shown)] == [
        "price", "volume", "obi", "tot", "cvd", "spread", "spread.width"
    ]  # fmt: skip


def test_a_series_over_the_price_has_the_decimals_of_the_price() -> None:
    vwap = series(3, "VWAP", "price", style="line")

    assert drawings(metrics={"vwap": vwap})["vwap"].looks["decimals"] == 1


def test_prices_have_the_decimals_of_bars_and_levels() -> None:
    depth = DEPTH_FILE.validate_python({"bids": [[99.875, 1.0]], "asks": []})

    assert drawings(depth=depth)["price"].looks["decimals"] == 3


def test_one_plugin_twice_has_two_names_and_two_colours() -> None:
    metrics = {"obi": series(3), "obi_fast": series(3, pane="obi_fast")}
    found = drawings(metrics=metrics, run={"settings": {"plugins": TABLES}})

    assert found["obi"].looks["title"] == "Order-book imbalance (obi)"
    assert found["obi_fast"].looks["title"] == "Order-book imbalance (obi_fast)"
    assert found["obi"].looks["color"] != found["obi_fast"].looks["color"]


@pytest.mark.parametrize(
    ("panes", "titles"),
    [
        (("cost to fill", "cost to fill"), ["Cost to fill"]),
        (("one", "one"), ["One title"]),
        (("alone", "apart"), ["One title", "Other title"]),
    ],
)
def test_a_pane_that_several_share_is_called_by_its_own_name(
    panes: tuple[str, str], titles: list[str]
) -> None:
    metrics = {
        "one": series(3, "One title", panes[0]),
        "other": series(3, "Other title", panes[1]),
    }
    found = panes_of(view(metrics=metrics))

    assert [pane.title for pane in found[2:]] == titles


def test_series_without_a_colour_get_different_ones() -> None:
    keys = [f"m{i}" for i in range(8)]
    found = drawings(metrics={key: series(3, key, key, color=None) for key in keys})

    assert len({str(found[key].looks["color"]) for key in keys}) == 8


def test_a_colour_stays_when_another_series_appears() -> None:
    run: dict[str, Any] = {"settings": {"plugins": TABLES}}
    cvd = series(3, "CVD", "cvd", style="line", color=None)
    colours = [
        drawings(metrics=metrics, run=run)["cvd"].looks["color"]
        for metrics in ({"cvd": cvd}, {"obi": series(3, color=None), "cvd": cvd})
    ]

    assert colours[0] == colours[1]


@pytest.mark.parametrize(
    ("tables", "run", "length"),
    [
        (TABLES, {}, 10_000),
        ({"obi_fast": {}}, {"window_seconds": 300.0}, 300_000),
        ({"obi_fast": {"window_seconds": "?"}}, {}, MINUTE),
        ({"obi_fast": 5}, {"window_seconds": 10**400}, MINUTE),
    ],
    ids=["its own", "that of the run", "as its bars are apart", "nonsense"],
)
def test_a_bar_has_its_own_length(tables: Any, run: Any, length: int) -> None:
    settings = {"plugins": tables, "run": run}
    found = drawings(metrics={"obi_fast": series(3)}, run={"settings": settings})

    assert found["obi_fast"].looks["length"] == length


def test_a_bar_alone_without_settings_is_a_minute_long() -> None:
    assert drawings(count=1)["price"].looks["length"] == MINUTE


def test_there_may_be_no_bars_and_no_series() -> None:
    found = drawings(bars=[], metrics={})

    assert [each.columns["x"] for each in found.values()] == [[], []]


@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
@pytest.mark.parametrize("color", [*PALETTE, "#48f", "#48fc", "#000", "#ffffff80", "#10151d"])
def test_every_colour_can_be_read(color: str, background: str) -> None:
    assert contrast(readable(color, background), background) >= 4.5


def test_a_colour_that_can_be_read_stays_and_so_does_its_opacity() -> None:
    assert readable("#4f9dff", "#10151d") == "#4f9dff"
    assert readable("#48fc", "#10151d") == "#4488ffcc"


def scheme(name: str) -> dict[str, str]:
    """Return the colours of the style sheet for a theme."""
    dark, light = re.findall(r":root[^{]*\{(.*?)\}", STYLE.read_text(), re.S)
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", dark if name == "dark" else light))


@pytest.mark.parametrize("name", BACKGROUNDS)
@pytest.mark.parametrize("word", ["text", "muted", "up", "down", "info", "warning", "bad", "link"])
def test_all_words_of_a_theme_can_be_read(name: str, word: str) -> None:
    colors = scheme(name)

    assert colors["panel"] == BACKGROUNDS[name]
    assert contrast(colors[word], colors["panel"]) >= 4.5


# Machado, Oliveira and Fernandes (2009), severity 1: what eyes see that lack one kind of cones.
EYES = {
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", BACKGROUNDS)
def test_up_and_down_differ_for_all_eyes(name: str, eyes: str) -> None:
    up, down = (seen(scheme(name)[way], eyes) for way in ("up", "down"))

    assert sum((a - b) ** 2 for a, b in zip(up, down, strict=True)) ** 0.5 > 0.3


def seen(color: str, eyes: str) -> list[float]:
    """Return red, green and blue, 0 to 1, as such eyes see them."""
    channels = [(int(color[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
    found = [sum(m * c for m, c in zip(row, channels, strict=True)) for row in EYES[eyes]]
    return [min(max(channel, 0.0), 1.0) ** (1 / 2.2) for channel in found]
