"""Event classes of one's own: their definition, and the checks of what they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Any, Literal

import numpy as np
import pytest

from orderflow_core import Cells, Event, Floats, Series, Signal
from orderflow_core.events import event as module
from orderflow_core.events.event import event_classes, event_hooks, stamped


@pytest.fixture(autouse=True)
def _no_class_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the classes that a test defines."""
    kept = {hook: dict(classes) for hook, classes in module._classes.items()}
    monkeypatch.setattr(module, "_classes", kept)


def settled(event: Event, *, time: int | None = 5, sure: bool = True) -> Any:
    """Return an event as the table `mine` publishes it."""
    return stamped(event, instrument="X", table="mine", time=time, sure=sure)


# Definition


def test_a_class_without_a_hook_is_told_what_to_write() -> None:
    with pytest.raises(TypeError, match='write class BigTrade\\(Event, hook="on_big_trade"\\)'):

        class BigTrade(Event):
            pass


@pytest.mark.parametrize("hook", ["sweep", "On_sweep", "on_a sweep", "on-sweep"])
def test_a_hook_that_is_no_name_of_a_hook_is_told(hook: str) -> None:
    with pytest.raises(TypeError, match="Sweep names no hook"):
        type("Sweep", (Event,), {}, hook=hook)


def test_a_subclass_names_a_hook_of_its_own() -> None:
    with pytest.raises(TypeError, match='write class Loud\\(Signal, hook="on_loud"\\)'):

        class Loud(Signal):
            pass


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        ("list", "list"),
        ("dict[str, int]", "dict"),
        ("tuple[list, ...]", "tuple"),
        ("datetime", "datetime"),
        ("Any", "Any"),
        ("int | bytes", "int | bytes"),
        ("Event", "Event"),
    ],
)
def test_a_field_that_may_not_travel_is_told_with_the_types_that_may(hint: str, told: str) -> None:
    names = {"__annotations__": {"found": hint}, "__module__": __name__}
    with pytest.raises(TypeError, match="are int, float, str, bool, None, tuples") as caught:
        type("Sweep", (Event,), names, hook="on_sweep")

    assert str(caught.value).startswith("Sweep.found is a ")
    assert told in str(caught.value)


def test_these_fields_may_travel() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Sweep(Event, hook="on_sweep"):
        whole: int = 1
        number: float = 0.5
        word: str = "x"
        flag: bool = True
        nothing: None = None
        perhaps: float | None = None
        side: Literal["bid", "ask"] = "bid"
        pair: tuple[float, float] = (1.0, 2.0)
        several: tuple[int, ...] = ()
        column: Floats | None = None
        matrix: np.ndarray | None = None  # type: ignore[type-arg]
        series: Series | None = None

    assert event_classes("on_sweep") == [Sweep]
    assert settled(Sweep(column=np.zeros(2))).known_at == 5


def test_a_class_that_is_defined_anew_takes_the_place_of_the_one_before() -> None:
    def define() -> type[Event]:
        class Sweep(Event, hook="on_sweep"):
            pass

        return Sweep

    define()
    second = define()

    assert event_classes("on_sweep") == [second]


def test_two_classes_may_name_one_hook_until_they_meet_in_a_run() -> None:
    first = type("Sweep", (Event,), {}, hook="on_sweep")
    second = type("OtherSweep", (Event,), {}, hook="on_sweep")

    assert event_classes("on_sweep") == [first, second]
    assert "on_sweep" in event_hooks()


def test_a_dataclass_with_slots_works() -> None:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Sweep(Event, hook="on_sweep"):
        side: int

    event = settled(Sweep(side=1))

    assert event_classes("on_sweep") == [Sweep]
    assert (event.side, event.timestamp, event.table) == (1, 5, "mine")


def test_an_event_is_frozen() -> None:
    event = settled(Signal())

    with pytest.raises(FrozenInstanceError):
        event.text = "other"


# Values


@dataclass(frozen=True, kw_only=True, eq=False)
class Found(Event, hook="on_found"):
    value: float | None = None


class Side(StrEnum):
    ASK = "ask"


def found(value: Any) -> Any:
    """Return what travels of a value."""
    return settled(Found(value=value)).value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        ((np.int8(1), (np.float64(2.0),)), (1, (2.0,))),
        (Side.ASK, "ask"),
        (IntFlag("Flags", "A B").B, 2),  # type: ignore[attr-defined]
    ],
)
def test_numbers_of_numpy_and_enumerations_become_pythons_own(value: Any, plain: Any) -> None:
    made = found(value)

    assert made == plain
    assert type(made) is type(plain)


def test_arrays_are_copied_and_read_only() -> None:
    array = np.array([1.0, 2.0])

    made = found(array)
    array[0] = 9.0

    assert made.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        made[0] = 3.0


def test_an_array_of_a_class_of_its_own_becomes_a_plain_one() -> None:
    assert type(found(np.array([1.0]).view(np.recarray))) is np.ndarray


@pytest.mark.parametrize(
    "value",
    [
        [1],
        {"a": 1},
        b"x",
        1j,
        datetime.min,
        object(),
        (1, [2]),
        np.datetime64("2025-06-01", "ms"),
        np.array([object()]),
        Found(),
    ],
)
def test_a_value_that_may_not_travel_is_told_on_its_way(value: Any) -> None:
    with pytest.raises(TypeError, match=r"Found\.value is a "):
        found(value)


@pytest.mark.parametrize("value", [1 << 63, -(1 << 63) - 1, np.uint64((1 << 64) - 1)])
def test_a_whole_number_has_64_bits(value: Any) -> None:
    with pytest.raises(ValueError, match="has more than 64 bits"):
        found(value)


def test_half_a_character_is_told() -> None:
    with pytest.raises(ValueError, match="is no text of whole characters"):
        found("\ud800")


@pytest.mark.parametrize("name", ["timestamp", "known_at"])
@pytest.mark.parametrize("time", [1.5, "5", None, float("nan"), np.float64(5)])
def test_a_time_is_a_whole_number(name: str, time: Any) -> None:
    with pytest.raises(TypeError, match=f"Found.{name} = .*: a time is a whole number of ms"):
        settled(Found(**{name: time}))


def test_a_time_may_be_a_number_of_numpy() -> None:
    event = settled(Found(timestamp=np.int64(3)))  # type: ignore[arg-type]

    assert (event.timestamp, type(event.timestamp)) == (3, int)


def test_times_left_out_are_the_time_under_way() -> None:
    event = settled(Found(timestamp=3), time=8)

    assert (event.timestamp, event.known_at) == (3, 8)


@pytest.mark.parametrize(
    ("event", "name"),
    [(Found(), "timestamp"), (Found(timestamp=3), "known_at"), (Found(known_at=3), "timestamp")],
)
def test_where_no_time_is_under_way_both_must_be_given(event: Event, name: str) -> None:
    with pytest.raises(ValueError, match=f"Found has no {name}: in a hook for columns give"):
        settled(event, time=None)


@pytest.mark.parametrize(
    ("own", "row", "sure"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_an_event_is_sure_where_it_and_its_row_are(own: bool, row: bool, sure: bool) -> None:
    assert settled(Found(sure=own), sure=row).sure is sure


def test_the_table_is_the_publishers_whatever_the_event_says() -> None:
    assert settled(Found(table="other")).table == "mine"


def test_the_instrument_is_the_plugins_where_it_is_left_out() -> None:
    assert [settled(Found()).instrument, settled(Found(instrument="Y")).instrument] == ["X", "Y"]


def test_the_event_that_was_given_stays_as_it_was() -> None:
    event = Found(value=1.0)

    settled(event)

    assert (event.table, event.timestamp) == ("", Found().timestamp)


def test_a_series_without_a_key_is_named_after_the_table() -> None:
    series = settled(Signal()).series

    assert (series.key, series.title, series.pane) == ("mine", "mine", "mine")


# What comes with the core


def cells(**values: Any) -> Cells:
    given: dict[str, Any] = {
        "series": Series(style="heat"),
        "timestamp": 0,
        "end": 10,
        "tick": 0.5,
        "low": 99.0,
        "values": [[1.0], [2.0]],
    }
    return Cells(**{**given, **values})


def test_cells_keep_their_values_as_a_matrix() -> None:
    assert cells().values.shape == (2, 1)


@pytest.mark.parametrize(
    ("make", "values", "told"),
    [
        (Signal, {"side": 2}, "a signal's side is \\+1 buy, -1 sell or 0"),
        (Signal, {"price": float("nan")}, "a signal's price is finite, or None"),
        (Signal, {"value": float("inf")}, "a signal's value is finite, or None"),
        (Signal, {"text": b"x"}, "text = b'x' is no text"),
        (Signal, {"text": "\ud800"}, "is no text of whole characters"),
        (Signal, {"series": "mine"}, "series = 'mine' is no Series"),
        (cells, {"series": Series()}, "style = 'candles': cells are drawn as footprint, heat, pro"),
        (cells, {"series": None}, "series = None is no Series"),
        (cells, {"values": [1.0]}, "values of shape \\(1,\\): a heat has \\[rows, 1\\]"),
        (cells, {"values": [[1.0, 2.0]]}, "values of shape \\(1, 2\\): a heat has \\[rows, 1\\]"),
        (cells, {"values": [[float("nan")]]}, "values must be finite"),
        (cells, {"tick": 0}, "both finite, tick above 0"),
        (cells, {"low": float("inf")}, "both finite, tick above 0"),
        (cells, {"end": -1}, "end = -1 is before timestamp = 0"),
        (cells, {"end": 10**15}, "no calendar has this time"),
    ],
)
def test_signals_and_cells_check_themselves(
    make: Callable[..., Event], values: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        make(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"key": 5},
        {"title": b"p"},
        {"pane": None},
        {"unit": "\udfff"},
        {"color": b"#4f9dff"},
        {"color": "blue"},
        {"style": "dots"},
    ],
)
def test_a_series_checks_itself(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(values))} = "):
        Series(**values)


def test_a_series_may_be_called_anything_in_any_alphabet() -> None:
    assert Series(title="Größe in € 🙂").named("key").title == "Größe in € 🙂"
