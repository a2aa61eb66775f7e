"""Whether what the chart draws can be told apart by its colour, by the colour-blind too."""

import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from orderflow_app.dashboard import figures
from orderflow_app.dashboard.figures.style import BACKGROUNDS, PALETTE, contrast, themed

SEEN: Mapping[str, NDArray[np.float64]] = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""From linear RGB to what is seen of it, as Machado, Oliveira and Fernandes have it (2009)."""
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ.sum(axis=1)
LEAST = 12  # of CIE 1976; 2.3 is what an eye can just tell
CSS = Path(figures.__file__).parents[1] / "assets" / "page.css"


def sides(theme: str) -> list[str]:
    """Return the colours of up and bid, and of down and ask."""
    dark, light = CSS.read_text().split("{", 2)[1:]
    block = dark if theme == "dark" else light
    return re.findall(r"--(?:up|down): (#[0-9a-f]{6})", block)[:2]


def lab(color: str, seen: str) -> NDArray[np.float64]:
    """Return the CIE L*a*b* of a colour as it is seen."""
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    share = XYZ @ np.clip(SEEN[seen] @ linear, 0, 1) / WHITE
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, seen: str) -> float:
    return float(np.linalg.norm(lab(one, seen) - lab(other, seen)))


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_up_down_and_the_colours_of_series_can_be_told_apart(theme: str, seen: str) -> None:
    up, down = sides(theme)
    colors = [up, down, *(themed(color)[theme] for color in PALETTE)]
    nearest = min((distance(a, b, seen), a, b) for a, b in combinations(colors, 2))

    assert len(set(colors)) == 10
    assert nearest[0] >= LEAST, nearest
    assert distance(up, down, seen) >= 40


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_colours_of_series_can_be_read(theme: str) -> None:
    assert all(contrast(themed(color)[theme], BACKGROUNDS[theme]) >= 4.5 for color in PALETTE)


def test_the_distance_is_that_of_the_standard() -> None:
    assert lab("#ffffff", "all colours") == pytest.approx([100, 0, 0], abs=1e-3)
    assert distance("#ff0000", "#00ff00", "all colours") == pytest.approx(170.6, abs=0.1)
