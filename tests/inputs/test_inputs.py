"""Every kind of input by its rule: the table of docs/inputs.md, row for row."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import orderflow
from tests.inputs.cases import CASES
from tests.inputs.making import NAME, NEXT, Case, market
from tests.roads import ROADS, fast

DOCS = Path(__file__).resolve().parents[2] / "docs" / "inputs.md"
SOURCE = """
[source]
path = "data"
"""
PLUGINS = """
[run]
window_seconds = 1
[plugins.book]
[plugins.ohlc]
[plugins.obi]
[plugins.cvd]
[plugins.json]
"""


INSPECTED = ("windows", "trades", "unsure", "refused")


def documented_rules() -> list[tuple[str, str]]:
    """Return input and rule of each row of the tables."""
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")]
    return [(row[0].strip(), row[1].strip()) for row in rows if row[0].strip() != "input"]


RULES = documented_rules()


def of_kind(kind: str) -> list[Any]:
    return [
        pytest.param(
            *(CASES[name], rule.removeprefix(kind).lstrip(": ")),
            id=name,
            marks=[pytest.mark.slow] if "100 MB" in name else [],
        )
        for name, rule in RULES
        if rule.startswith(kind) and name in CASES
    ]


def run(folder: Path, case: Case, *options: str) -> Any:
    """Run the case's files, and return what the command left behind."""
    (folder / "settings.toml").write_text(SOURCE + PLUGINS)
    (folder / "data").mkdir(exist_ok=True)
    case.write(folder / "data")
    given = [part for setting in case.settings for part in ("--set", setting)]
    return orderflow(folder, "run", "--json", *given, *options)


def report_of(done: Any) -> dict[str, Any]:
    """Return the one report that was printed."""
    [report] = json.loads(done.stdout)
    return dict(report)


def test_the_table_and_the_tests_name_the_same_inputs() -> None:
    assert sorted(name for name, _ in RULES) == sorted(CASES)


def test_each_rule_is_one_of_three() -> None:
    kinds = {rule.partition(":")[0] for _, rule in RULES}

    assert kinds == {"used", "refused", "stops"}


@pytest.fixture(
    autouse=True,
    params=[
        fast,
        *(pytest.param(road, marks=pytest.mark.slow) for road in ROADS if road is not fast),
    ],
    ids=lambda road: road.__name__,
)
def road(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read over the fast road and, among the slow tests, over those that stand in for it."""
    with request.param():
        yield


@pytest.fixture(scope="module")
def plain_digest(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Return the digest of the plain market."""
    return report_of(run(tmp_path_factory.mktemp("plain"), Case(market)))["digest"]


@pytest.mark.parametrize(("case", "note"), of_kind("used"))
def test_what_is_used_gives_the_numbers_of_the_plain_market_or_is_counted(
    tmp_path: Path, case: Case, note: str, plain_digest: str
) -> None:
    done = run(tmp_path, case)
    report = report_of(done)

    assert done.returncode == 0, done.stderr
    assert report["counts"]["refused"] == {}
    assert {name: report["counts"][name] for name in case.counts} == case.counts
    if case.same:
        assert report["digest"] == plain_digest
    if case.levels:
        depth = json.loads((tmp_path / "out" / "TEST-USDT" / "depth_data.json").read_text())
        assert (len(depth["bids"]), len(depth["asks"])) == case.levels


@pytest.mark.parametrize(("case", "reason"), of_kind("refused"))
def test_what_is_refused_is_counted_by_its_reason_and_the_rest_is_used(
    tmp_path: Path, case: Case, reason: str
) -> None:
    done = run(tmp_path, case)
    counts = report_of(done)["counts"]

    assert done.returncode == 0, done.stderr
    assert counts["refused"] == {reason: case.refused}
    assert (counts["windows"], counts["trades"]) == (case.windows, case.trades)


def test_what_is_refused_is_told_by_the_digest(tmp_path: Path, plain_digest: str) -> None:
    report = report_of(run(tmp_path, CASES["levels that are an empty text"]))

    assert (report["counts"]["windows"], report["counts"]["trades"]) == (5, 3)
    assert report["digest"] != plain_digest


@pytest.mark.parametrize(("case", "reason"), of_kind("refused"))
def test_strict_stops_at_what_is_refused_and_says_where_it_is(
    tmp_path: Path, case: Case, reason: str
) -> None:
    done = run(tmp_path, case, "--strict")

    assert done.returncode == 3
    assert f"TEST-USDT-26-01-01.db, table {case.table}, id {case.row}: {reason}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("case", "message"), of_kind("stops"))
def test_what_cannot_be_used_stops_the_run_with_a_reason(
    tmp_path: Path, case: Case, message: str
) -> None:
    done = run(tmp_path, case)

    assert done.returncode == 3
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=name) for name, case in CASES.items() if not case.settings]
)
def test_inspect_says_of_a_file_what_a_run_does_with_it_by_the_settings_that_it_prints(
    tmp_path: Path, case: Case
) -> None:
    (tmp_path / "data").mkdir()
    case.write(tmp_path / "data")
    if (tmp_path / "data" / NEXT).exists():
        pytest.skip("inspect looks at one file")

    inspected = orderflow(tmp_path, "inspect", f"data/{NAME}", "--json")
    found = json.loads(inspected.stdout)
    source = found["settings"] or SOURCE
    (tmp_path / "settings.toml").write_text(source + PLUGINS, encoding="utf-8")
    done = orderflow(tmp_path, "run", "--json")

    assert inspected.returncode == done.returncode
    assert "Traceback" not in inspected.stderr
    if done.returncode == 0:
        counts = report_of(done)["counts"]
        assert [found[key] for key in INSPECTED] == [counts[key] for key in INSPECTED]
