"""`orderflow new-plugin`, `orderflow plugins` and `orderflow check`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_run import SETTINGS, TEN_ROWS, TRADES, read
from tests.command import orderflow
from tests.make import write_recording

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with settings and a recording of ten rows."""
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()
    write_recording(tmp_path / "data" / "TEST-USDT-26-01-01.db", TEN_ROWS, TRADES)
    return tmp_path


def add(folder: Path, table: str) -> None:
    with (folder / "settings.toml").open("a") as file:
        file.write(f"\n{table}\n")


def call(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# new-plugin


@pytest.mark.slow
def test_a_new_plugin_passes_its_tests_and_runs_with_the_table_that_is_printed(
    folder: Path,
) -> None:
    done = orderflow(folder, "new-plugin", "depth-ratio")
    add(folder, done.stdout[done.stdout.index("[plugins.depth_ratio]") :])
    run = orderflow(folder, "run")

    assert done.stdout.startswith("my_plugins/depth_ratio.py\nmy_plugins/test_depth_ratio.py\n")
    assert "2 passed" in call(folder, "pytest", "-q", "my_plugins")
    assert run.returncode == 0, run.stderr
    assert read(folder, "series_data.json")["series"]["depth_ratio"]["rows"]


KINDS = ("metric", "plugin", "sink", "source")
NAMES = ("aa", "spread", "zz_name_of_24_characters")


@pytest.mark.parametrize("place", ["a clone", "elsewhere", "a package"])
def test_a_new_plugin_is_clean_for_ruff(tmp_path: Path, place: str) -> None:
    options = ["--package"] if place == "a package" else []
    for kind in KINDS:
        root = tmp_path / kind
        (root / "orderflow_core").mkdir(parents=True)
        if place == "a clone":
            shutil.copy(REPOSITORY / "pyproject.toml", root)
            for door in ("testing", "sinks", "sources"):
                (root / "orderflow_core" / f"{door}.py").write_text('"""A door."""\n')
        for name in NAMES:
            assert orderflow(root, "new-plugin", name, "--kind", kind, *options).returncode == 0

    call(tmp_path, "ruff", "check", "--extend-select", "I,D1", ".")
    call(tmp_path, "ruff", "format", "--check", ".")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_of_each_kind_is_found_by_the_table_that_is_printed(
    tmp_path: Path, kind: str
) -> None:
    done = orderflow(tmp_path, "new-plugin", "mine", "--kind", kind)
    table = "source" if kind == "source" else "mine"
    (tmp_path / "settings.toml").write_text(done.stdout[done.stdout.index("\n[") :])
    found = orderflow(tmp_path, "plugins", table, "--json")

    [entry] = json.loads(found.stdout)
    assert (entry["class_name"], list(entry["tables"])) == ("Mine", [table])
    assert "passed" in call(tmp_path, "pytest", "-q", "-p", "no:dash", "my_plugins")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("package", [[], ["--package"]])
def test_a_new_plugin_has_strict_types(tmp_path: Path, package: list[str], kind: str) -> None:
    orderflow(tmp_path, "new-plugin", "depth_ratio", "--kind", kind, *package)
    [root] = tmp_path.iterdir()

    call(root, "mypy", *(() if package else ("--strict", ".")))


def test_a_new_plugin_replaces_nothing(tmp_path: Path) -> None:
    orderflow(tmp_path, "new-plugin", "depth_ratio")
    again = orderflow(tmp_path, "new-plugin", "depth_ratio")

    assert again.returncode == 4
    assert "my_plugins/depth_ratio.py exists already: remove it" in again.stderr


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Depth", "is no name for a plugin"),
        ("depth ratio", "is no name for a plugin"),
        ("../depth", "is no name for a plugin"),
        ("class", "is no name for a plugin"),
        ("price", "'price' is a pane of the chart's own"),
        ("obi", "there is a plugin 'obi' already"),
        ("statistics", "there is a Python module 'statistics' already"),
    ],
)
def test_a_name_that_cannot_be_is_a_usage_error(tmp_path: Path, name: str, why: str) -> None:
    done = orderflow(tmp_path, "new-plugin", name)

    assert done.returncode == 2
    assert why in done.stderr
    assert not list(tmp_path.iterdir())


# plugins


def test_every_plugin_is_listed_with_what_it_takes_and_gives_and_its_place(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    listed = {
        entry["use"]: entry for entry in json.loads(orderflow(tmp_path, "plugins", "--json").stdout)
    }

    assert set(listed) >= {"sqlite", "book", "ohlc", "obi", "cvd", "json"}
    assert listed["obi"]["where"] == "builtin"
    assert (listed["obi"]["consumes"], listed["obi"]["publishes"]) == (["Books"], ["MetricBars"])
    assert (listed["sqlite"]["kind"], listed["obi"]["kind"]) == ("source", "metric")
    assert [listed[name]["tables"] for name in ("sqlite", "book", "json")] == [
        {"source": 0},
        {"book": 1},
        {"json": 5},
    ]
    levels = next(each for each in listed["obi"]["settings"] if each["name"] == "levels")
    assert (levels["type"], levels["default"]) == ("int, >= 1", None)


def test_a_local_plugin_is_listed_with_its_file_and_a_broken_one_with_its_error(
    folder: Path,
) -> None:
    orderflow(folder, "new-plugin", "depth_ratio")
    (folder / "broken.py").write_text("import nunpy\n")
    add(folder, '[plugins.mine]\nuse = "my_plugins/depth_ratio.py:DepthRatio"')
    add(folder, '[plugins.broken]\nuse = "broken.py:Broken"')
    done = orderflow(folder, "plugins")

    assert done.returncode == 0
    assert "my_plugins/depth_ratio.py:DepthRatio" in done.stdout
    assert "6 mine" in done.stdout
    [broken] = [
        entry["error"]
        for entry in json.loads(orderflow(folder, "plugins", "--json").stdout)
        if entry["error"]
    ]
    assert "broken.py, line 1: ModuleNotFoundError" in broken


def test_without_a_settings_file_the_installed_ones_are_listed(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "plugins")

    assert done.returncode == 0
    assert "sqlite" in done.stdout


def test_one_plugin_is_shown_with_its_docstring_its_settings_and_an_example(
    tmp_path: Path,
) -> None:
    shown = orderflow(tmp_path, "plugins", "obi").stdout

    assert "Formula: (B - A) / (B + A)" in shown
    assert '"ratio" | "difference"' in shown
    for line in ("[plugins.obi]", "# window_seconds = 60", "# levels = ...", '# mode = "ratio"'):
        assert f"{line}\n" in shown


def test_a_plugin_is_found_by_the_name_of_its_table(folder: Path) -> None:
    add(folder, '[plugins.touch]\nuse = "obi"\nlevels = 1')
    shown = orderflow(folder, "plugins", "touch").stdout

    assert '[plugins.touch]\nuse = "obi"\n' in shown


def test_the_example_of_a_source_stands_in_its_own_table(tmp_path: Path) -> None:
    assert '[source]\nuse = "sqlite"\n' in orderflow(tmp_path, "plugins", "sqlite").stdout


def test_a_plugin_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "plugins", "olhc")

    assert done.returncode == 2
    assert "there is no plugin and no table 'olhc': did you mean ohlc?" in done.stderr


# check


def test_check_shows_who_gets_what_and_reads_nothing(folder: Path) -> None:
    done = orderflow(folder, "check", "--json")
    checked = json.loads(done.stdout)
    gives = {table["name"]: table["gives"] for table in checked["tables"]}

    assert done.returncode == 0
    assert checked["instruments"] == ["TEST-USDT"]
    assert gives["source"] == {
        "BookWindows": ["book", "json"],
        "TradeBatches": ["ohlc", "cvd", "json"],
    }
    assert gives["book"] == {"Books": ["obi", "json"]}
    assert gives["obi"] == {"obi": ["json"], "tot": ["json"]}
    assert (checked["warnings"], checked["problems"]) == ([], [])
    assert not (folder / "out").exists()


def test_check_says_that_all_is_in_order(folder: Path) -> None:
    done = orderflow(folder, "check")

    assert done.stdout.endswith("settings.toml is in order; it would run TEST-USDT\n")
    assert "Books to obi, json" in done.stdout


def test_check_says_which_table_is_no_part_of_a_run(folder: Path) -> None:
    options = ("--set", "plugins.obi.enabled=false")
    shown = orderflow(folder, "check", *options)
    checked = json.loads(orderflow(folder, "check", "--json", *options).stdout)

    assert shown.returncode == 0
    assert "[plugins.obi] is no part of a run: enabled = false" in shown.stdout
    assert checked["disabled"] == ["obi"]
    assert "obi" not in [table["name"] for table in checked["tables"]]


def test_check_does_not_show_a_plugin_that_the_environment_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERFLOW_PLUGINS__DELTA__USE", "cvd")
    checked = json.loads(orderflow(folder, "check", "--json").stdout)

    assert [t["use"] for t in checked["tables"] if t["name"] == "delta"] == ["(environment)"]


def test_plugins_counts_the_tables_of_a_run_in_all_files(folder: Path) -> None:
    add(folder, "[plugins.obi2]\nuse = 'obi'\nenabled = false\n[plugins.late]\nuse = 'cvd'")
    (folder / "over.toml").write_text('extends = "settings.toml"\n[plugins.last]\nuse = "cvd"')
    done = orderflow(folder, "plugins", "--config", "over.toml", "--json")
    tables = {name: n for each in json.loads(done.stdout) for name, n in each["tables"].items()}

    assert (tables["source"], tables["obi2"]) == (0, 0)
    assert tables["last"] == tables["late"] + 1 == len(tables) - 2


def test_check_warns_of_who_waits(folder: Path) -> None:
    settings = (folder / "settings.toml").read_text()
    (folder / "settings.toml").write_text(
        settings.replace("[plugins.book]", "[plugins.touch]\nuse='obi'")
    )
    done = orderflow(folder, "check")

    assert done.returncode == 0
    assert "wait for Books, which no table publishes" in done.stdout


def test_check_tells_all_mistakes_at_once(folder: Path) -> None:
    add(folder, '[plugins.touch]\nuse = "obi"\nlevels = "many"\nmod = 3')
    done = orderflow(folder, "check", "--set", "run.window_seconds=soon")

    assert done.returncode == 2
    assert "[plugins.touch] levels = 'many'" in done.stderr
    assert "[plugins.touch] has no key 'mod'; did you mean mode?" in done.stderr
    assert "[run] window_seconds = 'soon'" in done.stderr


def test_check_tells_a_script_of_the_mistakes(folder: Path) -> None:
    done = orderflow(
        folder, "check", "--json", "--set", "plugins.obi.mod=3", "--set", "plugins.x=1"
    )

    assert done.returncode == 2
    assert len(json.loads(done.stdout)["problems"]) == 3


def test_check_finds_a_misspelt_hook(folder: Path) -> None:
    (folder / "mine.py").write_text(
        "from orderflow_core import Plugin, hookimpl\n"
        "class Mine(Plugin):\n    @hookimpl\n    def on_bok(self, book): ...\n"
    )
    add(folder, '[plugins.mine]\nuse = "mine.py:Mine"')
    done = orderflow(folder, "check")

    assert done.returncode == 2
    assert "[plugins.mine] on_bok is no hook: did you mean on_book?" in done.stderr


def test_check_without_a_recording_shows_the_wiring_and_ends_as_a_run_would(folder: Path) -> None:
    (folder / "data" / "TEST-USDT-26-01-01.db").unlink()
    done = orderflow(folder, "check")

    assert done.returncode == 3
    assert "Books to obi, json" in done.stdout
    assert "there is no recording at" in done.stderr


def test_check_tells_what_only_a_start_would_find(folder: Path) -> None:
    done = orderflow(folder, "check", "--set", "plugins.obi.levels=400")

    assert done.returncode == 2
    assert "[plugins.obi] levels = 400" in done.stderr


def test_check_tells_of_a_plugin_that_fails_at_the_start(folder: Path) -> None:
    (folder / "mine.py").write_text(
        "from orderflow_core import Plugin, hookimpl\n"
        "class Mine(Plugin):\n    @hookimpl\n    def on_start(self): 1 / 0\n"
    )
    add(folder, '[plugins.mine]\nuse = "mine.py:Mine"')
    done = orderflow(folder, "check")

    assert done.returncode == 1
    assert "[plugins.mine] failed at the start: ZeroDivisionError: division by zero" in done.stderr


def test_check_finds_a_circle_of_metrics(folder: Path) -> None:
    (folder / "mine.py").write_text(
        "from orderflow_core import Metric, hookimpl\n"
        "class A(Metric):\n    consumes = ('b',)\n"
        "    @hookimpl\n    def on_metric_bar(self, bar): ...\n"
        "class B(A):\n    consumes = ('a',)\n"
    )
    add(folder, '[plugins.a]\nuse = "mine.py:A"\n[plugins.b]\nuse = "mine.py:B"')
    done = orderflow(folder, "check")

    assert done.returncode == 2
    assert (
        "these tables consume each other's series or events in a circle: [plugins." in done.stderr
    )


def test_check_ends_as_a_run_would_where_another_run_writes(folder: Path) -> None:
    orderflow(folder, "run")
    path = folder / "out" / "TEST-USDT" / "run.json"
    report = json.loads(path.read_text())
    path.write_text(json.dumps({**report, "status": "running", "pid": os.getppid()}))
    done = orderflow(folder, "check")

    assert done.returncode == 4
    assert "belongs to a run that is still going on" in done.stderr


def test_a_word_between_colons_stays_what_it_is(folder: Path) -> None:
    add(folder, '[plugins.mine]\nuse = "no/x:x:mine.py:Mine"')
    told = orderflow(folder, "check").stderr
    listed = orderflow(folder, "plugins").stdout

    assert "no/x:x:mine.py" in told
    assert "no/x:x:mine.py" in listed
