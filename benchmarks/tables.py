"""The results as tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.market import INSTRUMENTS, STARTS, WHOLE_DAY
from benchmarks.measure import Cost, Costs, cpu_ratio, least_peak, wall_ratio
from benchmarks.plan import ENGINES, LANES, SIX, lane_key, missing_peers
from benchmarks.results import Results
from benchmarks.targets import TARGETS, us_a_window

ABSENT = "-"


@dataclass(frozen=True)
class Table:
    """A title, a note, column heads and rows of text; the first column is text, others numbers."""

    title: str
    note: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(results: Results) -> list[Table]:
    """Return the tables that there are results for."""
    makers = (_targets, _day, _cpu, _stages, _lanes, _measures, _messages, _memory, _engines, _unit)
    return [table for make in makers if (table := make(results)).rows]


def _targets(results: Results) -> Table:
    whole = results.day.rows == WHOLE_DAY
    rows = []
    for target in TARGETS:
        value = target.read(results)
        aims = [target.unit.format(aim) for aim in (target.first, target.goal)]
        found = [ABSENT, ""]
        if value is not None:
            found = [target.unit.format(value), target.verdict(value) if whole else ""]
        rows.append([target.text, *aims, *found])
    note = (
        "" if whole else "The targets are for a whole day, so none is judged by this part of one."
    )
    return Table("Targets", note, ["", "first", "goal", "measured", ""], rows)


def _day(results: Results) -> Table:
    keys = ["scan", "reader", "levels", "book", "run", "cold", "hidden", "plain", "tuned"]
    updates = results.costs["reader"].said["updates"] if "reader" in results.costs else None
    rows = []
    for costs in (results.costs[key] for key in keys if key in results.costs):
        rows.append([*_cost(results, costs, "scan"), *_rates(costs, results.day.rows, updates)])
    return Table(
        "The day",
        f"x: against the raw scan. {_pipeline_note(results)}",
        ["", *_COST_HEADS, "windows/s", "updates/s"],
        rows,
    )


def _pipeline_note(results: Results) -> str:
    if "plain" not in results.agreed:
        return ""
    plain, tuned = (results.agreed[key] for key in ("plain", "tuned"))
    return (
        "Per event: orjson, a dict and bisect, a pluggy call for each book row and trade; tuned: "
        "lists in place of the dict, one call for a window's trades, no garbage collector. "
        "Numbers equal to the default run's within 1e-9: "
        f"plain: {plain:,}, tuned: {tuned:,}."
    )


def _cpu(results: Results) -> Table:
    """Where the CPU time of the default run goes, told by what was measured alone."""
    keys = ("run", "run_start", "reader", "reader_start", "levels", "book")
    if any(key not in results.costs for key in keys):
        return Table("", "", [], [])
    run, start, reader, reader_start, levels, book = (
        results.costs[key].median(_cpu_s) for key in keys
    )
    reading = reader - reader_start
    rows = [
        ("interpreter, imports, loading kernels, settings, summary", start),
        ("fetching rows, joining tables, making blocks", reading - levels),
        ("level parse", levels),
        ("book", book),
        ("bars, metrics, sink, bus, account", run - start - reading - book),
    ]
    return Table(
        "Where the default run's CPU time goes",
        f"Of {run:.2f} s in all; worked out from the lines that say alone, and from runs over a "
        "minute of data.",
        _STAGE_HEADS,
        _stage_rows(results, rows),
    )


def _stages(results: Results) -> Table:
    """Where the wall time of the default run goes."""
    if "run" not in results.costs:
        return Table("", "", [], [])
    costs = results.costs["run"]
    names = [plugin["name"] for plugin in costs.said[0]["plugins"]]
    seconds = [costs.median(partial(_plugin_seconds, place)) for place in range(len(names))]
    around = costs.median(lambda cost: cost.wall - float(cost.said[0]["seconds"]))
    rest = costs.median(lambda cost: float(cost.said[0]["seconds"])) - sum(seconds[1:])
    names[0] += ", in a thread of its own, reading ahead"
    rows = [
        ("interpreter, imports, settings, summary", around),
        *zip(names, seconds, strict=True),
        ("bus, account, and waiting for the source", rest),
    ]
    return Table(
        "Where the default run's wall time goes",
        f"Of {costs.median(_wall):.2f} s in all; the source's seconds overlap with the others, and "
        "each waits for a free core or Python's lock at times.",
        _STAGE_HEADS,
        _stage_rows(results, rows),
    )


_STAGE_HEADS = ("", "s", "us a window")


def _stage_rows(results: Results, rows: Iterable[tuple[str, float]]) -> list[list[str]]:
    return [[name, f"{value:.3f}", f"{value / results.day.rows * 1e6:.3f}"] for name, value in rows]


def _plugin_seconds(place: int, cost: Cost) -> float:
    return float(cost.said[0]["plugins"][place]["seconds"])


def _lanes(results: Results) -> Table:
    rows = []
    for lane, (_, title) in LANES.items():
        costs = [us_a_window(results, lane_key(lane, count)) for count in (1, SIX)]
        if None not in costs:
            rows.append([f"A plugin that {title}", *(f"{cost:.2f}" for cost in costs)])
    return Table(
        "Plugins of one's own",
        "CPU over the default run, in us a window.",
        ["", "one", f"{SIX} of them"],
        rows,
    )


def _measures(results: Results) -> Table:
    if "measures" not in results.costs:
        return Table("", "", [], [])
    said = results.costs["measures"].said
    return Table(
        "Measures",
        f"CPU beside the book over {said['windows']:,} windows, with bars and events: the least of "
        "nine rounds. Loading a measure's compiled kernels, once a process, is told apart; those "
        "of one package come with its first measure.",
        ["", "ns a window", "ms to load"],
        [[name, f"{said['ns'][name]:.0f}", f"{said['load_ms'][name]:.0f}"] for name in said["ns"]],
    )


def _messages(results: Results) -> Table:
    keys = ["messages_scan", "messages", "hftbacktest", "polars"]
    rows = []
    for costs in (results.costs[key] for key in keys if key in results.costs):
        assert results.messages is not None
        rate = _rates(costs, results.messages.rows, None)[0]
        rows.append([*_cost(results, costs, "messages_scan"), rate])
    return Table(
        f"{results.messages.rows:,} book rows" if results.messages else "",
        " ".join(_peer_notes(results)),
        ["", *_COST_HEADS, "rows/s"],
        rows,
    )


def _peer_notes(results: Results) -> Iterator[str]:
    if "hftbacktest" in results.costs:
        costs = results.costs["hftbacktest"]
        load, build, replay = (
            costs.median(partial(_said, stage)) for stage in ("load", "compile", "replay")
        )
        yield (
            f"hftbacktest: arrays made beforehand, outside of the figures; of its CPU {load:.2f} s "
            f"load them, {build:.2f} s build and compile (its objects cannot be cached, so every "
            f"process does), {replay:.2f} s replay, the rest imports. It does top-50 sums, OBI "
            f"and TOT, price bars and CVD; {results.agreed['hftbacktest']:,} numbers equal the "
            "default run's within 1e-9."
        )
    if "polars" in results.costs:
        yield (
            "polars: bars and CVD, and the levels decoded and counted; it cannot keep a book, so "
            f"no OBI, TOT or depth; {results.agreed['polars']:,} numbers equal the default run's."
        )
    for name in missing_peers():
        yield f"{name}: not installed; the dependency group `peers` has it."


def _said(name: str, cost: Cost) -> float:
    return float(cost.said[name])


def _memory(results: Results) -> Table:
    rows = []
    found = (
        *(("run", results.day), ("heat_map", results.day)),
        *(("week", results.week), ("all", results.units)),
    )
    for key, market in found:
        if key in results.costs and market:
            costs = results.costs[key]
            size = [f"{market.rows:,}", f"{market.megabytes:,.0f}"]
            rows.append([costs.case.title, *size, f"{costs.median(_peak_mb):.0f}"])
    return Table("Peak memory", "", ["", "book rows", "MB of files", "peak MB"], rows)


def _engines(results: Results) -> Table:
    found = [results.costs[key] for key in ENGINES if key in results.costs]
    units = found[0].said["units"] if found else 0
    return Table(
        f"{units} days of {INSTRUMENTS} instruments",
        "x: against one after the other. CPU is that of all processes, the one that others are "
        "forked from among them. Digests and stores are equal.",
        ["", *_COST_HEADS],
        [_cost(results, costs, "local") for costs in found],
    )


def _unit(results: Results) -> Table:
    if "unit" not in results.costs:
        return Table("", "", [], [])
    few, rows, twice = STARTS
    costs = results.costs["unit"]
    found = {
        f"A unit of {few} book rows, whole": "few_ms",
        f"What two units of {rows:,} cost more than one of {twice:,}": "besides_ms",
    }
    return Table(
        "What a unit costs besides its rows",
        "CPU of a worker that has run such units before, with its threads: the least of "
        f"{costs.said['rounds']} rounds.",
        ["", "ms"],
        [[title, f"{costs.median(partial(_said, key)):.1f}"] for title, key in found.items()],
    )


_COST_HEADS = ("CPU s", "CPU x", "wall s", "wall x", "peak MB")


def _cost(results: Results, costs: Costs, base: str) -> list[str]:
    """Return title, CPU, its ratio to the base, wall, its ratio, peak."""
    ratios = [results.against(costs.case.key, base, ratio) for ratio in (cpu_ratio, wall_ratio)]
    cpu, wall = (f"{costs.median(value):.2f}" for value in (_cpu_s, _wall))
    cpu_times, wall_times = (ABSENT if ratio is None else f"{ratio:.2f}" for ratio in ratios)
    return [costs.case.title, cpu, cpu_times, wall, wall_times, _peak(costs)]


def _peak(costs: Costs) -> str:
    if costs.case.part:
        return ABSENT
    peak, least = costs.median(_peak_mb), least_peak()
    return f"{peak:.0f}" if peak > least else f"< {least:.0f}"


def _rates(costs: Costs, rows: int, updates: int | None) -> list[str]:
    wall = costs.median(_wall)
    return [f"{rows / wall:,.0f}", f"{updates / wall:,.0f}" if updates else ABSENT]


def _cpu_s(cost: Cost) -> float:
    return cost.cpu


def _wall(cost: Cost) -> float:
    return cost.wall


def _peak_mb(cost: Cost) -> float:
    return cost.peak_mb
