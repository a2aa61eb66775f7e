"""`orderflow explain`, and the page of measures that is made by it."""

from pathlib import Path

import pytest
from orderflow_app.explaining import LABELS, page

from orderflow_core.settings.catalogue import catalogue
from tests.command import orderflow
from tests.docs.pages import DOCS

ENTRIES = catalogue(None)
PLAIN = {"alert", "book", "json", "ohlc", "parquet", "sqlite", "table", "webhook"}
MEASURES = [entry for entry in ENTRIES if entry.where == "builtin" and entry.use not in PLAIN]


def test_the_page_of_measures_is_what_is_printed() -> None:
    assert (DOCS / "measures.md").read_text(encoding="utf-8") == page(ENTRIES) + "\n"


@pytest.mark.parametrize("entry", MEASURES, ids=lambda entry: entry.use)
def test_a_measure_tells_all_there_is_to_know_of_it(entry: object) -> None:
    doc = getattr(entry, "doc", "")

    assert [label for label in LABELS if f"\n\n{label}: " not in doc] == []
    limits = doc.partition("\n\nNot: ")[2].partition("\n\n")[0]
    assert [word for word in ("forecast", "fitted") if word not in limits] == []


def test_one_measure_is_explained_by_its_docstring_and_settings(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "explain", "vwap")

    assert done.returncode == 0
    assert done.stdout.startswith("## vwap\n\nVWAP, the volume-weighted average price")
    assert "**Formula:** sum(P Q) / sum(Q)" in done.stdout
    assert "| `reset` | " in done.stdout


def test_an_unknown_name_is_an_error_with_a_hint(tmp_path: Path) -> None:
    done = orderflow(tmp_path, "explain", "vwop")

    assert done.returncode == 2
    assert "vwap" in done.stderr
