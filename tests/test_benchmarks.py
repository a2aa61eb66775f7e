"""`python -m benchmarks`: that its cases run, and that it tells results that differ."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import market
from benchmarks.agreement import check_same
from benchmarks.market import Market
from benchmarks.measure import BenchmarkError, Case, Cost, Costs, cpu_ratio, run
from benchmarks.plan import LANES, PEERS, missing_peers
from benchmarks.results import Results
from benchmarks.targets import TARGETS

REPOSITORY = Path(__file__).resolve().parents[1]


def benchmarks(folder: Path, *options: str) -> str:
    """Run the command over 72 simulated seconds, once; return the page that it wrote."""
    page = folder / "page.md"
    size = ["--hours", "0.02", "--runs", "1", "--data", str(folder), "--out", str(page)]
    command = [sys.executable, "-m", "benchmarks", *size, *options]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_per_event_pipelines_come_to_the_results_of_the_product(tmp_path: Path) -> None:
    page = benchmarks(tmp_path, "--only", "per_event")

    agreed = re.search(r"within 1e-9: plain: (\d+), tuned: (\d+)", page)
    assert agreed is not None
    assert min(map(int, agreed.groups())) > 200  # the depth alone has so many


@pytest.mark.slow
def test_every_case_runs(tmp_path: Path) -> None:
    page = benchmarks(tmp_path)

    for title in (
        "raw scan",
        "reader alone",
        "level parse alone",
        "book alone",
        "per event, tuned",
    ):
        assert f"| {title} |" in page
    assert page.count("| A plugin that") == len(LANES)
    assert "| default run over 7 files |" in page
    assert page.count("not installed") == len(missing_peers())
    assert page.count("x | - |") == ("hftbacktest" in missing_peers())


@pytest.mark.slow
@pytest.mark.skipif(len(missing_peers()) > 0, reason=f"{' and '.join(PEERS)} are not installed")
def test_hftbacktest_comes_to_the_results_of_the_product(tmp_path: Path) -> None:
    page = benchmarks(tmp_path, "--only", "messages")

    assert "numbers equal the default run's" in page


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "scan,speed", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "speed" in done.stderr


def write_results(folder: Path, close: float) -> Path:
    folder.mkdir()
    contents = {
        "ohlc_data.json": [[0, 1.0, 2.0, 0.5, close, 7.0]],
        "metrics_data.json": [],
        "depth_data.json": {"bids": [[1.0, 2.0]], "asks": []},
        "series_data.json": {"series": {"cvd": {"rows": []}}},
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def test_results_within_the_tolerance_are_the_same(tmp_path: Path) -> None:
    one, two = write_results(tmp_path / "1", 1.5), write_results(tmp_path / "2", 1.5 + 1e-10)

    assert check_same(one, two) == 8


def test_results_beyond_the_tolerance_fail(tmp_path: Path) -> None:
    one, two = write_results(tmp_path / "1", 1.5), write_results(tmp_path / "2", 1.5 + 1e-8)

    with pytest.raises(BenchmarkError, match=r"ohlc_data.json, 0, 4: 1.5 and 1.50000001 differ"):
        check_same(one, two)


def test_a_ratio_is_the_median_of_the_ratios_within_a_round() -> None:
    def costs(key: str, *cpu: float | None) -> Costs:
        rounds = [None if seconds is None else Cost(seconds, 0, 0, None) for seconds in cpu]
        return Costs(Case(key, key, []), rounds)

    assert costs("a", 2.0, 9.0, None).against(costs("b", 1.0, 3.0, 1.0), cpu_ratio) == 2.5


def test_a_process_that_fails_tells_what_it_said() -> None:
    case = Case("a", "a case", [sys.executable, "-c", "raise SystemExit('no such thing')"])

    with pytest.raises(BenchmarkError, match="a case ended with 1: no such thing"):
        run(case)


def test_a_process_is_measured() -> None:
    work = "x = bytearray(80_000_000); sum(range(2_000_000)); print('{\"a\": 1}')"
    cost = run(Case("a", "a case", [sys.executable, "-c", work]))

    assert cost.said == {"a": 1}
    assert cost.peak_mb > 76
    assert 0 < cost.cpu < 2 * cost.wall


def test_a_kept_market_of_another_size_is_refused(tmp_path: Path) -> None:
    market.day(tmp_path, 0.01)
    (tmp_path / "day-0.01h").rename(tmp_path / "day-0.02h")

    with pytest.raises(BenchmarkError, match=r"has 360 book rows .* where 720"):
        market.day(tmp_path, 0.02)


def test_a_target_tells_what_is_reached() -> None:
    most = next(target for target in TARGETS if not target.more)
    least = next(target for target in TARGETS if target.more)

    assert [most.verdict(value) for value in (most.goal, most.first, most.first + 1)] == [
        "goal reached",
        "first reached",
        "missed",
    ]
    assert [least.verdict(value) for value in (least.goal, least.first, least.first - 1)] == [
        "goal reached",
        "first reached",
        "missed",
    ]


def test_what_was_not_measured_has_no_figure() -> None:
    results = Results(Market(Path(), rows=1, trades=0))

    assert [target.read(results) for target in TARGETS] == [None] * len(TARGETS)
