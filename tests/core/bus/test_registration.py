"""Plugins into pluggy: what is refused, and in which words."""

from collections.abc import Callable
from typing import Any

import pytest

from orderflow_core import Book, Books, BookWindow, Plugin, SettingsError, hookimpl
from orderflow_core.bus.bus import Bus
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT

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


def test_an_argument_with_a_default_is_the_plugins_own() -> None:
    class Scaled(Plugin):
        @hookimpl
        def on_book(self, book: Book, scale: float = 2) -> None:
            """Do nothing."""

    Bus(INSTRUMENT, [Scaled()], Account())


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
