"""Which facts a plugin and the report get: those of the settings, over the source's."""

from typing import Any

import pytest

from orderflow_core import InputError, InstrumentFacts, Plugin, Run, SettingsError, hookimpl, run
from orderflow_core.running.loop import prepare
from tests.core.assembly import rows, settings_of, source_of
from tests.core.running.test_calls import settings


class Learning(Plugin):
    @hookimpl
    def on_start(self, run: Run) -> None:
        self.facts = run.facts


def test_the_settings_are_laid_over_what_the_source_knows() -> None:
    class Knowing(source_of({"A": rows([0])})):  # type: ignore[misc]
        def facts(self, instrument: str) -> InstrumentFacts:
            return InstrumentFacts(tick=0.1, quote=f"{instrument}-USD", inferred=("tick",))

    plain = settings_of(Knowing)
    said = {"A": InstrumentFacts(tick=0.5), "B": InstrumentFacts(tick=7)}
    [pipeline] = prepare(plain.__class__(**{**vars(plain), "instruments": said}))

    assert pipeline.report.facts == InstrumentFacts(tick=0.5, quote="A-USD")


def test_a_plugin_gets_the_facts_of_its_instrument() -> None:
    learning = Learning(name="learning")
    facts = {"instruments": {"A": {"lot": 0.001, "kind": "linear"}, "B": {"lot": 1}}}

    report = run({**settings(), **facts}, plugins=[learning])["A"].report

    assert learning.facts == InstrumentFacts(lot=0.001, kind="linear") == report.facts


def test_a_source_that_fails_to_tell_its_facts_is_told() -> None:
    class Failing(source_of({"A": rows([0])})):  # type: ignore[misc]
        def facts(self, instrument: str) -> InstrumentFacts:
            raise ZeroDivisionError

    with pytest.raises(InputError, match=r"\[source\] facts\(\) failed: .*ZeroDivisionError"):
        prepare(settings_of(Failing))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"A": {"tick": 0}}, r"\[instruments.A\] tick = 0: .* greater than 0"),
        ({"A": {"tikc": 1}}, r"\[instruments.A\] has no key 'tikc'; did you mean tick"),
        ({"A": {"kind": "quanto"}}, r"\[instruments.A\] kind = 'quanto'"),
        ({"A": 1}, r"instruments.A must be a table, as in \[instruments.A\]"),
    ],
)
def test_mistakes_in_facts_are_told(facts: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        run({**settings(), "instruments": facts})
