"""What a plugin says of itself: whatever it gives, raises or ends, its table is told of."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from orderflow_core import Bars, Books, Event, Metric, MetricBars, Plugin, SettingsError, hookimpl
from orderflow_core.bus.bus import Bus
from orderflow_core.contract.report import PluginReport
from orderflow_core.running.digest import Account
from orderflow_core.testing import INSTRUMENT


class GarbledError(Exception):
    """An error whose text cannot be made."""

    def __str__(self) -> str:
        sys.exit(0)


def raises(error: BaseException) -> Callable[[object], Any]:
    def answer(_: object) -> Any:
        raise error

    return answer


def problems(plugin_class: type[Plugin], attributes: Mapping[str, Any]) -> list[str]:
    """Return what the bus says of a plugin with these attributes in its class."""
    made = type("Mine", (plugin_class,), dict(attributes))
    with pytest.raises(SettingsError) as caught:
        Bus(INSTRUMENT, [made(name="mine")], Account())
    problems: list[str] = caught.value.problems
    return problems


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("no answer"), "RuntimeError: no answer"),
        (SystemExit(0), "SystemExit: 0"),
        (KeyError("levels"), "KeyError: 'levels'"),
        (GeneratorExit(), "GeneratorExit: "),
        (GarbledError(), "GarbledError: (its text cannot be made: SystemExit)"),
    ],
)
@pytest.mark.parametrize(
    "attribute",
    ["publishes", "consumes", "required", "series_keys", "book_levels", "order_counts"],
)
def test_an_answer_that_raises_is_told_with_the_table(
    attribute: str, error: BaseException, told: str
) -> None:
    answer = raises(error)
    found = answer if attribute == "series_keys" else property(answer)
    publishes = {} if attribute == "publishes" else {"publishes": (Books,)}

    assert problems(Plugin, {**publishes, attribute: found}) == [
        f"[plugins.mine] {attribute} failed: {told}"
    ]


@pytest.mark.parametrize("attribute", ["name", "settings"])
def test_a_name_and_settings_that_raise_are_told_with_the_class(attribute: str) -> None:
    broken = property(raises(SystemExit(0)), lambda plugin, value: None)

    assert problems(Plugin, {attribute: broken}) == [
        "Mine: its name or settings failed: SystemExit: 0"
    ]


@pytest.mark.parametrize(
    ("attribute", "answer", "told"),
    [
        ("publishes", MetricBars, "publishes must be a tuple of Books, Bars, MetricBars and event"),
        ("publishes", (5,), "publishes must be a tuple of"),
        ("publishes", (Event,), "publishes must be a tuple of"),
        ("publishes", None, "publishes must be a tuple of"),
        ("consumes", "obi", "consumes must be a list of series, as in ['obi']"),
        ("consumes", (b"obi",), "consumes must be a list of texts"),
        ("consumes", 5, "consumes failed: TypeError: "),
        ("series_keys", lambda plugin: [5], "series_keys must be a list of texts"),
        ("series_keys", lambda plugin: None, "series_keys failed: TypeError: "),
        ("series_keys", ["mine"], "series_keys failed: TypeError: "),
        ("book_levels", 0, "book_levels must be 1 or more; found 0"),
        ("book_levels", 2.5, "book_levels failed: TypeError: "),
        ("book_levels", "20", "book_levels failed: TypeError: "),
    ],
)
def test_an_answer_of_another_kind_is_told_with_the_table(
    attribute: str, answer: Any, told: str
) -> None:
    publishes = {"publishes": (Books,)} if attribute == "book_levels" else {}

    [found] = problems(Plugin, {**publishes, attribute: answer})

    assert found.startswith(f"[plugins.mine] {told}")


def test_all_answers_are_told_at_once() -> None:
    attributes = {"consumes": "obi", "series_keys": raises(RuntimeError("none"))}

    assert problems(Metric, attributes) == [
        "[plugins.mine] consumes must be a list of series, as in ['obi']",
        "[plugins.mine] series_keys failed: RuntimeError: none",
    ]


class Undecorated(Event, hook="on_undecorated"):
    side: int


class Bare(Event, hook="on_bare"):
    """Has no fields but those of every event."""


def test_an_event_class_that_is_no_dataclass_is_told_with_what_to_write() -> None:
    assert problems(Plugin, {"publishes": (Undecorated,)}) == [
        "[plugins.mine] publishes names Undecorated, whose fields nobody fills: write "
        "@dataclass(frozen=True, kw_only=True) above class Undecorated"
    ]


def test_an_event_class_without_fields_of_its_own_needs_no_decorator() -> None:
    class Publishes(Plugin):
        publishes = (Bare,)

    assert Bus(INSTRUMENT, [Publishes()], Account()).seats[0].declared.publishes == (Bare,)


def test_levels_may_be_any_whole_number() -> None:
    class Deep(Plugin):
        publishes = (Books,)
        book_levels = True

    assert Bus(INSTRUMENT, [Deep()], Account()).seats[0].declared.levels == 1


def test_what_has_been_asked_once_is_not_asked_again() -> None:
    class Changes(Plugin):
        publishes = (Bars,)
        asked = 0

        def series_keys(self) -> list[str]:
            self.asked += 1
            return [f"changes.{self.asked}"]

    plugin = Changes()
    bus = Bus(INSTRUMENT, [plugin], Account())

    assert (plugin.asked, bus.wiring.owners) == (1, {"changes.1": "changes"})


def test_a_plugin_that_calls_itself_by_another_name_than_its_tables_is_told() -> None:
    with pytest.raises(SettingsError, match="Plugin calls itself 'other': leave it its table's"):
        Bus(INSTRUMENT, [Plugin(name="other")], Account(), {"mine": PluginReport("mine")})


def test_an_instrument_that_cannot_be_set_is_told() -> None:
    assert problems(Plugin, {"instrument": property(lambda plugin: "X")}) == [
        "[plugins.mine] Mine.instrument is the host's to set: rename it"
    ]


def test_publishing_before_there_is_a_bus_is_an_error_of_the_plugin() -> None:
    class Hasty(Metric):
        def __init__(self, *args: Any, **values: Any) -> None:
            super().__init__(*args, **values)
            self.publish(Bare())

        @hookimpl
        def on_end(self, end: int) -> None:
            """Never reached."""

    with pytest.raises(RuntimeError, match="hasty is on no bus: publish in a hook"):
        Hasty()
