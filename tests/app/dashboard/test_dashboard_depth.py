"""The depth chart is a pure function of the levels."""

import pytest
from orderflow_app.dashboard.figures.depth import depth_figure
from orderflow_app.dashboard.figures.style import THEMES, theme_of

from orderflow_core.contract.shapes import Depth
from tests.app.dashboard.views import view

DARK = THEMES["dark"]


def test_depth_is_cumulative_from_the_mid_outwards() -> None:
    bids, asks = depth_figure(view().depth, DARK, 1).data

    assert (list(bids.x), list(bids.y)) == ([100.0, 99.0], [2.0, 10.0])
    assert (list(asks.x), list(asks.y)) == ([101.0, 103.0], [1.0, 5.0])
    assert list(asks.customdata) == pytest.approx([49.751, 248.756])
    assert "bps from mid" in asks.hovertemplate


def test_depth_of_one_side_has_no_mid() -> None:
    found = depth_figure(Depth(bids=[(100.0, 2.0)]), DARK, 1)

    assert list(found.data[1].x) == []
    assert not found.layout.shapes


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_theme_colours_the_paper(name: str) -> None:
    found = depth_figure(view().depth, theme_of(name), 1)

    assert found.layout.paper_bgcolor == THEMES[name].background
