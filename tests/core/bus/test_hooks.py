"""Hooks of any shape: how each is called, what is refused, and in which words."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest

from orderflow_core import (
    Book,
    Books,
    BookWindow,
    Metric,
    Plugin,
    PluginSettings,
    SettingsError,
    TradeBatch,
    hookimpl,
)
from orderflow_core.bus.bus import Bus
from orderflow_core.running.digest import Account
from orderflow_core.settings.discovery import Found
from orderflow_core.testing import INSTRUMENT, bars, run_plugin, run_plugins, trade, update

Mark = Callable[[object], Any]


def problems(*plugins: Plugin) -> list[str]:
    """Return what the bus says of plugins that it refuses."""
    with pytest.raises(SettingsError) as caught:
        Bus(INSTRUMENT, plugins, Account())
    return caught.value.problems


class Misspelt(Plugin):
    @hookimpl
    def on_boks(self, books: Books) -> None:
        """Nothing calls this."""


def test_a_misspelt_hook_is_an_error_with_a_suggestion() -> None:
    found = problems(Misspelt(name="spread"))

    assert found == ["[plugins.spread] on_boks is no hook: did you mean on_books?"]


def test_a_hook_that_is_like_none_is_an_error_with_all_hooks() -> None:
    class Unknown(Plugin):
        @hookimpl
        def fetch(self) -> None:
            """Nothing calls this."""

    [found] = problems(Unknown(name="spread"))

    assert found.startswith("[plugins.spread] fetch is no hook: the hooks are on_start, ")
    assert ", on_tick, on_end, on_finish, on_" in found


def test_an_argument_of_another_name_is_an_error_that_names_it() -> None:
    class WrongArgument(Plugin):
        @hookimpl
        def on_book(self, row: Book) -> None:
            """Nothing calls this."""

    assert problems(WrongArgument(name="spread")) == [
        "[plugins.spread] on_book takes no argument row: "
        "write def on_book(self, book: Book) -> None"
    ]


def test_a_hook_without_its_mark_is_an_error() -> None:
    class Unmarked(Plugin):
        def on_book(self, book: Book) -> None:
            """Nothing calls this."""

    assert problems(Unmarked(name="spread")) == [
        "[plugins.spread] on_book is not marked as a hook: put @hookimpl above it"
    ]


@pytest.mark.parametrize(
    ("option", "mark"),
    [("tryfirst", hookimpl(tryfirst=True)), ("trylast", hookimpl(trylast=True))],
)
def test_a_hook_that_claims_a_place_in_the_order_is_an_error(option: str, mark: Mark) -> None:
    class Claims(Plugin):
        @mark
        def on_book(self, book: Book) -> None:
            """Do nothing."""

    assert problems(Claims(name="spread")) == [
        f"[plugins.spread] on_book is marked {option}: the order of the tables in the settings "
        "decides, take the option away"
    ]


@pytest.mark.parametrize(
    ("option", "mark"),
    [("wrapper", hookimpl(wrapper=True)), ("hookwrapper", hookimpl(hookwrapper=True))],
)
def test_a_hook_that_wraps_others_is_an_error(option: str, mark: Mark) -> None:
    class Wraps(Plugin):
        @mark
        def on_books(self, books: Books) -> Any:
            yield

    [found] = problems(Wraps(name="spread"))

    assert found.startswith(f"[plugins.spread] on_books is marked {option}: ")


def test_the_problems_of_all_plugins_are_told_at_once() -> None:
    class Last(Plugin):
        @hookimpl(tryfirst=True)
        def on_book(self, book: Book) -> None:
            """Do nothing."""

        @hookimpl
        def on_book_windw(self, window: BookWindow) -> None:
            """Nothing calls this."""

    found = problems(Misspelt(name="a"), Misspelt(name="b"), Last(name="c"))

    assert sorted(found) == [
        "[plugins.a] on_boks is no hook: did you mean on_books?",
        "[plugins.b] on_boks is no hook: did you mean on_books?",
        "[plugins.c] on_book is marked tryfirst: the order of the tables in the settings decides, "
        "take the option away",
        "[plugins.c] on_book_windw is no hook: did you mean on_book_window?",
    ]


def test_a_method_without_the_mark_may_have_any_other_name() -> None:
    class Helper(Plugin):
        def on_boks(self) -> None:
            """Whatever it does."""

    assert Bus(INSTRUMENT, [Helper()], Account()).seats[0].report.status == "ok"


# How a hook is called


class Given(Plugin):
    """Keeps what its hook was given."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.got: list[Any] = []


class WithADefault(Given):
    @hookimpl
    def on_book_window(self, window: BookWindow, scale: float = 2) -> None:
        self.got += [window.timestamp, scale]


class WithADefaultOfItsArgument(Given):
    @hookimpl
    def on_book_window(self, window: BookWindow | None = None) -> None:
        self.got += [window and window.timestamp]


class WithItsArgumentAfterAnother(Given):
    @hookimpl
    def on_book_window(self, scale: float = 2, window: BookWindow | None = None) -> None:
        self.got += [window and window.timestamp, scale]


class ByKeyword(Given):
    @hookimpl
    def on_book_window(self, *, window: BookWindow) -> None:
        self.got += [window.timestamp]


class ByAnyKeyword(Given):
    @hookimpl
    def on_book_window(self, **given: BookWindow) -> None:
        self.got += [(name, window.timestamp) for name, window in given.items()]


class ByAnyPlace(Given):
    @hookimpl
    def on_book_window(self, *given: BookWindow) -> None:
        self.got += [window.timestamp for window in given]


class WithoutAnArgument(Given):
    @hookimpl
    def on_book_window(self) -> None:
        self.got += ["called"]


class ByAnotherName(Given):
    @hookimpl(specname="on_book_window")
    def each_row(self, window: BookWindow) -> None:
        self.got += [window.timestamp]


class Optional(Given):
    @hookimpl(optionalhook=True)
    def on_book_window(self, window: BookWindow) -> None:
        self.got += [window.timestamp]

    @hookimpl(optionalhook=True)
    def on_moonrise(self, moon: object) -> None:
        self.got += [moon]


class TakenAway(WithADefault):
    on_book_window = None  # type: ignore[assignment]


def twice(function: Callable[..., object]) -> Callable[..., None]:
    @wraps(function)
    def called(*args: Any, **values: Any) -> None:
        function(*args, **values)
        function(*args, **values)

    return called


class DecoratedBelow(Given):
    @hookimpl
    @twice
    def on_book_window(self, window: BookWindow) -> None:
        self.got += [window.timestamp]


class DecoratedAbove(Given):
    @twice
    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.got += [window.timestamp]


class OfTheClass(Given):
    seen: list[int] = []  # noqa: RUF012 (the class's own, on purpose)

    @classmethod
    @hookimpl
    def on_book_window(cls, window: BookWindow) -> None:
        cls.seen = [window.timestamp]


STATIC: list[int] = []


class Static(Plugin):
    @staticmethod
    @hookimpl
    def on_book_window(window: BookWindow) -> None:
        STATIC.append(window.timestamp)


class StaticBelowItsMark(Plugin):
    @hookimpl
    @staticmethod
    def on_book_window(window: BookWindow) -> None:
        STATIC.append(window.timestamp)


@pytest.mark.parametrize(
    ("plugin_class", "got"),
    [
        (WithADefault, [7, 2]),
        (WithADefaultOfItsArgument, [7]),
        (WithItsArgumentAfterAnother, [7, 2]),
        (ByKeyword, [7]),
        (ByAnyKeyword, [("window", 7)]),
        (ByAnyPlace, [7]),
        (WithoutAnArgument, ["called"]),
        (ByAnotherName, [7]),
        (Optional, [7]),
        (TakenAway, []),
        (DecoratedBelow, [7, 7]),
        (DecoratedAbove, [7, 7]),
    ],
)
def test_a_hook_of_any_shape_gets_its_event(plugin_class: type[Given], got: list[Any]) -> None:
    plugin = plugin_class()

    run_plugin(plugin, [update(7)])

    assert plugin.got == got


def test_a_class_method_may_be_a_hook() -> None:
    run_plugin(OfTheClass(), [update(7)])

    assert OfTheClass.seen == [7]


@pytest.mark.parametrize("plugin_class", [Static, StaticBelowItsMark])
def test_a_static_method_may_be_a_hook(plugin_class: type[Plugin]) -> None:
    STATIC.clear()

    run_plugin(plugin_class(), [update(7)])

    assert STATIC == [7]


def test_two_methods_for_one_hook_are_an_error_that_names_both() -> None:
    class Both(Plugin):
        @hookimpl(specname="on_book")
        def first(self, book: Book) -> None:
            """Do nothing."""

        @hookimpl(specname="on_book")
        def second(self, book: Book) -> None:
            """Do nothing."""

    assert problems(Both(name="spread")) == [
        "[plugins.spread] first and second are both the hook on_book: make one of them"
    ]


# Hooks whose body would never run


class Awaited(Plugin):
    @hookimpl
    async def on_book(self, book: Book) -> None:
        """Nobody awaits this."""


class Yields(Plugin):
    @hookimpl
    def on_book(self, book: Book) -> Iterator[None]:
        yield


class AwaitedAndYields(Plugin):
    @hookimpl
    async def on_book(self, book: Book) -> AsyncIterator[None]:
        yield


class AwaitedBehindAnother(Plugin):
    @hookimpl
    @twice
    async def on_book(self, book: Book) -> None:
        """Nobody awaits this."""


@pytest.mark.parametrize(
    ("plugin_class", "reason"),
    [
        (Awaited, "is an async def"),
        (Yields, "has a yield"),
        (AwaitedAndYields, "is an async def"),
        (AwaitedBehindAnother, "is an async def"),
    ],
)
def test_a_hook_that_nobody_would_run_is_an_error(plugin_class: type[Plugin], reason: str) -> None:
    [found] = problems(plugin_class(name="spread"))

    assert found.startswith(f"[plugins.spread] on_book {reason}, ")


# Plugins of any shape


class Bid(Metric):
    """Samples the bid of each row."""

    @hookimpl
    def on_book_window(self, window: BookWindow) -> None:
        self.sample(window.timestamp, window.bid_price[0])


class NamesOfTheHost(Bid):
    """Has methods and attributes that the host might have names for."""

    moment = seat = "mine"

    def connect(self) -> None:
        raise AssertionError

    close_block = close_stream = mark_sure = start = run = call = fail = takes = connect


class AlwaysEqual(Bid):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        raise TypeError("no hash")


class Empty(Bid):
    def __len__(self) -> int:
        return 0


class NeitherTrueNorFalse(Bid):
    def __bool__(self) -> bool:
        raise TypeError("ambiguous")


class WithSlots(Bid):
    __slots__ = ("last",)

    @hookimpl
    def on_trade_batch(self, batch: TradeBatch) -> None:
        self.last = batch.timestamp


class WithAPropertyThatRaises(Bid):
    @property
    def broken(self) -> int:
        raise RuntimeError("never asked for")

    @property
    def on(self) -> int:
        raise RuntimeError("never asked for")


class AnAttributeForEverything(Bid):
    def __getattr__(self, name: str) -> int:
        return 5


class RaisesForEverything(Bid):
    def __getattr__(self, name: str) -> int:
        raise RuntimeError(name)


@dataclass
class PlainDataclass(Bid):
    scale: float = 2

    def __post_init__(self) -> None:
        super().__init__(name="plaindataclass")


@dataclass(eq=True)
class DataclassThatCompares(Bid):
    scale: float = 2

    def __post_init__(self) -> None:
        super().__init__(name="dataclassthatcompares")


@dataclass(init=False)
class DataclassWithItsOwnInit(Bid):
    scale: float

    def __init__(self, settings: Any = None, /, **values: Any) -> None:
        super().__init__(settings, **values)
        self.scale = 3


@pytest.mark.parametrize(
    "plugin_class",
    [
        NamesOfTheHost,
        AlwaysEqual,
        Empty,
        NeitherTrueNorFalse,
        WithSlots,
        WithAPropertyThatRaises,
        AnAttributeForEverything,
        RaisesForEverything,
        PlainDataclass,
        DataclassThatCompares,
        DataclassWithItsOwnInit,
    ],
)
def test_a_plugin_of_any_shape_works_like_any_other(plugin_class: type[Metric]) -> None:
    plugin, other = plugin_class(), Bid(name="other")

    published = run_plugins([plugin, other], [update(7, bids="3 x 1"), trade(8, "3 buy 1")])

    assert bars(published, plugin.name) == bars(published, "other") == [(0, 3, 3, 3, 3)]


def test_a_frozen_plugin_that_has_all_that_a_plugin_has_works() -> None:
    seen: list[int] = []

    @dataclass(frozen=True)
    class Frozen(Plugin):
        settings: PluginSettings = field(default_factory=PluginSettings)
        name: str = "frozen"

        @hookimpl
        def on_book_window(self, window: BookWindow) -> None:
            seen.append(window.timestamp)

    run_plugin(Frozen(), [update(7)])

    assert seen == [7]


@dataclass
class LeavesOutInit(Plugin):
    scale: float = 2


@dataclass(frozen=True)
class FrozenLeavesOutInit(Plugin):
    scale: float = 2


class MetricLeavesOutInit(Metric):
    def __init__(self) -> None:
        self.name, self.settings = "spread", self.Settings()


@pytest.mark.parametrize("plugin_class", [LeavesOutInit, FrozenLeavesOutInit, MetricLeavesOutInit])
def test_a_plugin_that_leaves_out_its_base_classs_init_is_told(plugin_class: type[Plugin]) -> None:
    assert problems(plugin_class()) == [
        f"{plugin_class.__name__}: its __init__ is incomplete, it begins with def __init__(self, "
        "settings=None, /, **values): super().__init__(settings, **values)"
    ]


@pytest.mark.parametrize("plugin_class", [LeavesOutInit, FrozenLeavesOutInit, PlainDataclass])
def test_an_init_that_takes_no_settings_is_told_with_what_to_write(
    plugin_class: type[Plugin],
) -> None:
    found = Found("mine.py:Mine", plugin_class, "local", "mine.py")

    with pytest.raises(SettingsError, match="it begins with def __init__") as caught:
        found.make(plugin_class.Settings(), "mine")

    [told] = caught.value.problems
    assert told.startswith("[plugins.mine] mine.py:Mine cannot be made: TypeError: ")
