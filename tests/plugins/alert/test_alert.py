"""When an alert fires."""

from collections.abc import Sequence
from typing import Any

import pytest
from orderflow_alert import Alert

from orderflow_core import SettingsError, Signal
from orderflow_core.testing import bars, events, metric_bars, run_plugin, update

MARKET = [update(time) for time in range(0, 20_000, 500)]


def closes(key: str, values: Sequence[float], every: int = 1000) -> Any:
    """Return bars of a second, each known at its end."""
    rows = [(every * n, value, value, value, value) for n, value in enumerate(values)]
    return metric_bars(key, rows, known_at=[every * (n + 1) for n in range(len(values))])


def fired(*derived: Any, block_size: int = 2048, **values: Any) -> list[int]:
    alert = Alert(name="alert", **values)
    found = events(run_plugin(alert, MARKET, derived=list(derived), block_size=block_size), Signal)
    assert all(each.timestamp == each.known_at for each in found)
    return [each.known_at for each in found]


OBI = closes("obi", [0.5, 0.7, 0.8, 0.5, 0.9, 0.2, 0.9])


def test_it_fires_when_the_condition_becomes_true_and_again_after_it_was_false() -> None:
    assert fired(OBI, when="obi > 0.6") == [2000, 5000, 7000]


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(0, [2000, 5000, 7000]), (1, [3000]), (1.001, []), (2, [])]
)
def test_it_has_to_be_true_for_so_long(seconds: float, wanted: list[int]) -> None:
    assert fired(OBI, when="obi > 0.6", for_seconds=seconds) == wanted


def test_times_that_floats_have_not_are_whole_milliseconds() -> None:
    """0.069 seconds are 69.00000000000001 ms of floats."""
    market, rows = [update(time) for time in (0, 69, 200)], [(0, 1, 1, 1, 1), (1, 1, 1, 1, 1)]
    derived = [metric_bars("obi", rows, known_at=[0, 69])]
    alert = Alert(name="alert", when="obi > 0", for_seconds=0.069)

    [found] = events(run_plugin(alert, market, derived=derived), Signal)
    assert found.known_at == 69


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(3, [2000, 5000]), (3.001, [2000, 7000]), (5.001, [2000])]
)
def test_it_does_not_fire_within_the_cooldown_nor_for_that_later(
    seconds: float, wanted: list[int]
) -> None:
    assert fired(OBI, when="obi > 0.6", cooldown_seconds=seconds) == wanted


def test_what_would_have_fired_in_the_cooldown_does_not_fire_later() -> None:
    obi = closes("obi", [1, 0, 1, 1, 1, 1])

    assert fired(obi, when="obi > 0", cooldown_seconds=3) == [1000]


def test_bars_that_are_known_at_one_time_are_all_taken_before_it_is_asked() -> None:
    """At 2000 both change: never were both above 0 at once."""
    one, other = closes("one", [1, 0]), closes("other", [0, 1])

    assert fired(one, other, when="one > 0 and other > 0") == []


def test_of_series_with_other_bars_the_last_known_one_counts() -> None:
    slow, fast = closes("slow", [1, 0], every=4000), closes("fast", [0, 0, 0, 1, 0, 1, 0, 1])

    assert fired(slow, fast, when="slow > 0 and fast > 0") == [4000, 6000]


def test_a_change_is_that_of_so_many_closed_bars() -> None:
    cvd = closes("cvd", [5, 1, 2, 9, 3])

    assert fired(cvd, when="change(cvd, 2) > 0") == [4000]


@pytest.mark.parametrize(
    ("field", "wanted"),
    [("obi.open", 1000), ("obi.high", 2000), ("obi.low", 3000), ("obi", 4000)],
)
def test_it_may_ask_of_the_open_high_and_low_of_a_bar_in_place_of_its_close(
    field: str, wanted: int
) -> None:
    """Each of the four is above 0.8 in a bar of its own."""
    rows = [(1000 * n, *(0.9 if n == at else 0.5 for at in range(4))) for n in range(4)]
    obi = metric_bars("obi", rows, known_at=[1000, 2000, 3000, 4000])

    assert fired(obi, when=f"{field} > 0.8") == [wanted]


def test_its_signal_has_the_text_and_the_side_that_are_set() -> None:
    [first, *_] = events(
        run_plugin(Alert(when="obi > 0.6", text="up", side=1), MARKET, derived=[OBI]), Signal
    )

    assert (first.text, first.side, first.price) == ("up", 1, None)


def test_a_bar_that_the_end_cuts_off_does_not_count() -> None:
    from orderflow_cvd import Cvd

    from orderflow_core.testing import run_plugins, trade

    market = [update(0), trade(1, "1 buy 1"), update(500)]
    published = run_plugins([Cvd(name="cvd"), Alert(name="alert", when="cvd > 0")], market)

    assert len(bars(published, "cvd")) == 1
    assert events(published, Signal) == []


@pytest.mark.parametrize("block_size", [1, 2, 7, 2048])
def test_the_result_does_not_depend_on_blocks(block_size: int) -> None:
    assert fired(OBI, when="obi > 0.6", block_size=block_size) == [2000, 5000, 7000]


def test_an_unknown_series_is_an_error_that_names_the_table() -> None:
    with pytest.raises(SettingsError, match=r"\[plugins.alert\] when = 'obx > 1': there is no"):
        fired(OBI, when="obx > 1")
