"""The words for sides, as SQL that gives 1 for buy or bid, -1 for sell or ask, 0 for others."""

from __future__ import annotations

from collections.abc import Sequence

from orderflow_sqlite.layout import Sides, Word

_BUY: tuple[Word, ...] = ("buy",)
_SELL: tuple[Word, ...] = ("sell",)
_BIDS: tuple[Word, ...] = ("bid", "bids", "b", "buy")
_ASKS: tuple[Word, ...] = ("ask", "asks", "a", "sell", "s", "offer")


def trade_side(sides: Sides) -> str:
    """Return the SQL of the side of a trade's aggressor."""
    buy, sell = _both(sides, _BUY, _SELL)
    others = f"{sell} - {buy}" if sides.maker else f"{buy} - {sell}"
    sign = -1 if sides.maker else 1
    usual = [f" WHEN {_literal(word)} THEN {sign}" for word in sides.buy[:1]]
    usual += [f" WHEN {_literal(word)} THEN {-sign}" for word in sides.sell[:1]]
    # nearly all trades have one of two words, and bytes are compared sooner than letters
    return f"CASE side COLLATE BINARY{''.join(usual)} ELSE {others} END" if usual else others


def level_side(sides: Sides) -> str:
    """Return the SQL of the side of a level."""
    bids, asks = _both(sides, _BIDS, _ASKS)
    return f"{bids} - {asks}"


def _both(sides: Sides, first: Sequence[Word], second: Sequence[Word]) -> tuple[str, str]:
    """Return the tests for either side: the words of the settings, and the usual others."""
    own = {_form(word).lower() for word in (*sides.buy, *sides.sell)}
    more, others = ([word for word in words if word not in own] for words in (first, second))
    return _any_of([*sides.buy, *more]), _any_of([*sides.sell, *others])


def _any_of(words: Sequence[Word]) -> str:
    told = [test for word in words for test in _tests(word)]
    return f"({' OR '.join(told) or '0'})"


def _tests(word: Word) -> list[str]:
    """Return what is true of a side that is this word, which may be kept as a number or a text."""
    form = _form(word)
    as_text = f"side COLLATE NOCASE IS {_literal(word)}"
    if isinstance(word, bool):
        return [as_text, f"side IS {int(word)}"]
    if isinstance(word, int) or form.lstrip("-").isdecimal():
        return [as_text, f"side IS {int(form)}"]
    return [as_text]


def _literal(word: Word) -> str:
    doubled = _form(word).replace("'", "''")
    return f"'{doubled}'"


def _form(word: Word) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word).strip()
