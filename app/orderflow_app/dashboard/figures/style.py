"""Colours and the layout that all pictures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    """The colours of one theme; `deeper` is how much darker it wants those of the series."""

    background: str
    grid: str
    border: str
    text: str
    muted: str
    up: str
    down: str
    label: str
    deeper: float = 0.0


THEMES = {
    "dark": Theme(
        "#10151d", "#1d2530", "#2b3543", "#dfe6ee", "#8593a5", "#22b28a", "#ee5361", "#1c2531"
    ),
    "light": Theme(
        "#ffffff", "#eef1f5", "#d5dbe3", "#17202b", "#66727f", "#0d8f6c", "#d43c4b", "#f3f5f8", 0.2
    ),
}

PALETTE = ("#e0a33e", "#b58af0", "#e5795f", "#3fb8c5", "#86b84b", "#e071a8", "#7d93ad", "#c9a66b")


def theme_of(name: str) -> Theme:
    """Return the theme of this name, dark where there is none."""
    return THEMES.get(name, THEMES["dark"])


def shade(color: str, other: str, share: float) -> str:
    """Return `color`, its opacity kept, mixed with a share of another; both are CSS hex."""
    mixed = (
        round(a * (1 - share) + b * share)
        for a, b in zip(_channels(color), _channels(other), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed) + _digits(color)[6:]


def translucent(color: str, opacity: float) -> str:
    """Return a CSS hex colour with an opacity."""
    return f"rgba({','.join(map(str, _channels(color)))},{opacity})"


def _channels(color: str) -> list[int]:
    digits = _digits(color)
    return [int(digits[i : i + 2], 16) for i in (0, 2, 4)]


def _digits(color: str) -> str:
    """Return two digits for each channel, and two more where there is an opacity."""
    digits = color.removeprefix("#")
    return "".join(digit * 2 for digit in digits) if len(digits) < 6 else digits


def base_layout(theme: Theme) -> dict[str, Any]:
    """Return the part of the layout that all pictures share."""
    return {
        "template": {},  # none, and not Plotly's own
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"family": FONT, "size": 11, "color": theme.muted},
        "showlegend": False,
    }


def base_axis(theme: Theme) -> dict[str, Any]:
    """Return the part of an axis that all pictures share."""
    return {"gridcolor": theme.grid, "zeroline": False}
