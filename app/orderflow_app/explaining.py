"""`orderflow explain`: what a measure is, in the words of its docstring, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orderflow_app.listing import listed, named
from orderflow_core.settings.catalogue import Entry, Setting

_FORMULA = "\nFormula: "
LABELS = ("Formula", "Unit", "Source", "Not", "One-sided books", "Example")
"""What the docstring of a measure tells, a paragraph each."""
_LABEL = re.compile(rf"^({'|'.join(LABELS)}):", re.MULTILINE)

_PAGE = """# Measures

<!-- made by: orderflow explain > docs/measures.md -->

Each is a plugin of its name: give it a table in `settings.toml`, after the book's. Those of the
book want the table `[plugins.book]`.

```toml title="settings.toml"
[source]
path = "data"

[plugins.book]
[plugins.ofi]
levels = 5

[plugins.vwap]
reset = "day"

[plugins.footprint]
```

`orderflow explain NAME` prints one of these sections. Each gives the same numbers in blocks of any
size. No measure counts a snapshot, or what lies around a row that is not sure, as flow. Several
measures of one kind are tables with `use`:

```toml
[plugins.book]
[plugins.depth]
[plugins.depth_50]
use = "depth"
bps = 50
```
"""


def explain(name: str | None) -> None:
    """Print what one plugin is, or the page of all measures.

    Raises SettingsError for an unknown name.
    """
    entries = listed()
    print(page(entries) if name is None else section(name, named(name, entries)))


def page(entries: Sequence[Entry]) -> str:
    """Return the page of all shipped measures."""
    measures = [each for each in entries if each.where == "builtin" and _FORMULA in each.doc]
    rows = [f"| [{each.use}](#{each.use}) | {_summary(each)} |" for each in measures]
    table = "\n".join(["| name | what it is |", "|---|---|", *rows])
    sections = (section(each.use, each) for each in measures)
    return "\n".join([_PAGE, table, "", "\n\n".join(sections)])


def section(name: str, entry: Entry) -> str:
    """Return what a plugin is: its docstring and its settings."""
    if entry.error:
        return entry.error
    text = _LABEL.sub(r"**\1:**", entry.doc)
    parts = [f"## {name}", text, *([_settings(entry.settings)] if entry.settings else [])]
    return "\n\n".join(parts)


def _summary(entry: Entry) -> str:
    return " ".join(entry.doc.split("\n\n")[0].split())


def _settings(settings: Sequence[Setting]) -> str:
    rows = ["| setting | type | default | what it is |", "|---|---|---|---|"]
    for setting in settings:
        default = "required" if setting.required else f"`{setting.default}`"
        kind = setting.type.replace("|", r"\|")
        default = "unset" if default == "`None`" else default
        rows.append(f"| `{setting.name}` | {kind} | {default} | {setting.description} |")
    return "\n".join(rows)
