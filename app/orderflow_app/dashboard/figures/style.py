"""Colours of series, to be told apart and read; those of the page are in `assets/page.css`."""

from __future__ import annotations

BACKGROUNDS = {"dark": "#10151d", "light": "#ffffff"}
CONTRAST = 4.5
MIX = 0.05

PALETTE = (
    "#e19925", "#b58cf3", "#7eb3e6", "#ddd44c", "#d26299", "#8fc15b", "#879dbb", "#c1885d",
)  # fmt: skip
"""To be told apart by the colour-blind too, also from up and down; on a light page as `_LIGHT`."""
_LIGHT = dict(zip(PALETTE, (
    "#6d4314", "#7f60ad", "#597396", "#6e7c22", "#782362", "#285731", "#4f5454", "#9b6b49",
), strict=True))  # fmt: skip


def themed(color: str) -> dict[str, str]:
    """Return a colour as each theme has it, by the theme's name."""
    found = {name: readable(color, there) for name, there in BACKGROUNDS.items()}
    return {**found, "light": _LIGHT.get(color, found["light"])}


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
