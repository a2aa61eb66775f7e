"""Colours, and the layout of the depth chart.

Up and down differ in lightness and along blue and yellow, so that they can be told apart with
protanopia, deuteranopia and tritanopia; all that is written has a contrast of 4.5 at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
CONTRAST = 4.5
MIX = 0.05


@dataclass(frozen=True)
class Theme:
    """The colours of one theme."""

    background: str
    grid: str
    border: str
    text: str
    muted: str
    up: str
    down: str
    label: str


THEMES = {
    "dark": Theme(
        "#10151d", "#1d2530", "#2b3543", "#dfe6ee", "#8f9cad", "#36cbc0", "#f2633a", "#1c2531"
    ),
    "light": Theme(
        "#ffffff", "#eef1f5", "#d5dbe3", "#17202b", "#56616d", "#007a78", "#c8380f", "#f3f5f8"
    ),
}

PALETTE = (
    "#e6a23c", "#b58af0", "#7fb3e6", "#d8d04a", "#e071a8", "#8ec05a", "#9aa7b8", "#c98b5e",
)  # fmt: skip


def theme_of(name: str) -> Theme:
    """Return the theme of this name, dark where there is none."""
    return THEMES.get(name, THEMES["dark"])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two CSS hex colours as WCAG has it, 1 to 21; opacity is left out."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(color: str, background: str) -> str:
    """Return `color`, its opacity kept, mixed with white or black until it can be read there."""
    far = "#000000" if _luminance(background) > 0.5 else "#ffffff"
    while contrast(color, background) < CONTRAST:
        color = _mixed(color, far, MIX)
    return _mixed(color, far, 0)


def translucent(color: str, opacity: float) -> str:
    """Return a CSS hex colour with an opacity."""
    return f"rgba({','.join(map(str, _channels(color)))},{opacity})"


def base_layout(theme: Theme) -> dict[str, Any]:
    """Return the part of the layout that a picture has of its theme."""
    return {
        "template": {},  # none, and not Plotly's own
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"family": FONT, "size": 11, "color": theme.muted},
        "showlegend": False,
    }


def base_axis(theme: Theme) -> dict[str, Any]:
    """Return the part of an axis that it has of its theme."""
    return {"gridcolor": theme.grid, "zeroline": False}


def _mixed(color: str, other: str, share: float) -> str:
    mixed = (
        round(a * (1 - share) + b * share)
        for a, b in zip(_channels(color), _channels(other), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed) + _digits(color)[6:]


def _luminance(color: str) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> list[int]:
    digits = _digits(color)
    return [int(digits[i : i + 2], 16) for i in (0, 2, 4)]


def _digits(color: str) -> str:
    """Return two digits for each channel, and two more where there is an opacity."""
    digits = color.removeprefix("#")
    return "".join(digit * 2 for digit in digits) if len(digits) < 6 else digits
