"""`orderflow new-plugin`: a plugin of some kind and its test, as a file or as a distribution."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from string import Template

from orderflow_app.kinds import Kind
from orderflow_core.contract.api import DISTRIBUTION, own_version
from orderflow_core.contract.series import OWN_PANES
from orderflow_core.errors import OutputError, SettingsError
from orderflow_core.settings.discovery import installed

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LINE = 88  # that of ruff where a project says none
_LONGEST = 24  # so that no line of the templates gets too long
_TESTING = "orderflow_core.testing"
_IMPORTS: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    Kind.METRIC: {
        _TESTING: ["assert_same_results", "bars", "book", "run_plugin", "sample_market"],
    },
    Kind.PLUGIN: {
        "orderflow_core": ["Signal"],
        _TESTING: ["assert_same_results", "events", "run_plugin", "trades"],
    },
    Kind.SINK: {_TESTING: ["INSTRUMENT", "metric_bars", "run_plugin", "update"]},
    Kind.SOURCE: {
        "orderflow_core": ["Plugin", "Trade", "hookimpl"],
        _TESTING: ["run_plugin"],
    },
}
"""What the test of each kind imports, by module."""


@dataclass(frozen=True)
class NewPlugin:
    """The files to write, by path, and what to tell of them.

    `table` is what the settings file needs, `test` the command that runs the tests.
    """

    files: Mapping[Path, str]
    table: str
    test: str

    def write(self) -> None:
        """Write the files, of which none may exist. Raises OutputError."""
        for path in self.files:
            with _writing(path):
                is_there = path.exists()
            if is_there:
                raise OutputError(f"{path} exists already: remove it, or choose another name")
        for path, content in self.files.items():
            with _writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} is not writable: {error.strerror or error}") from error


def plugin_file(name: str, folder: Path, kind: Kind) -> NewPlugin:
    """Return a plugin in one file of the folder, and its test beside it."""
    values = _values(name, kind)
    module, class_name = values["name"], values["class_name"]
    path = folder / f"{module}.py"
    imports = "\n".join(sorted([*_kit(kind), f"from {module} import {class_name}"], key=_module))
    contents = {
        path: _filled(f"{kind}.py", values),
        folder / f"test_{module}.py": _filled(f"test_{kind}.py", {**values, "imports": imports}),
    }
    use = f'use = "{path.as_posix()}:{class_name}"\n'
    test = f"pytest -p no:dash {folder.as_posix()}"  # the dashboard's library has a plugin too
    return NewPlugin(contents, f"{_table(module, kind)}\n{use}", test)


def plugin_package(name: str, folder: Path, kind: Kind) -> NewPlugin:
    """Return a plugin in a distribution of its own, in a folder of the folder."""
    values = _values(name, kind)
    module = f"orderflow_{values['name']}"
    distribution = module.replace("_", "-")
    own = f"from {module} import {values['class_name']}"
    table = _table(values["name"], kind)
    if kind is Kind.SOURCE:
        table += f'\nuse = "{values["name"]}"'
    values |= {
        "module": module,
        "distribution": distribution,
        "requirement": _requirement(),
        "imports": "\n".join([*_kit(kind), "", own]),
        "table": table,
    }
    root = folder / distribution
    contents = {
        root / "pyproject.toml": _filled("package/pyproject.toml", values),
        root / "README.md": _filled("package/README.md", values),
        root / module / "__init__.py": _filled(f"{kind}.py", values),
        root / module / "py.typed": "",
        root / "tests" / f"test_{values['name']}.py": _filled(f"test_{kind}.py", values),
    }
    test = f"uv pip install --editable {root.as_posix()} && pytest {root.as_posix()}"
    return NewPlugin(contents, f"{table}\n", test)


def _requirement() -> str:
    """Return this distribution, below the next version that may change the API of plugins."""
    major, minor = own_version().split(".")[:2]
    ceiling = f"{major}.{int(minor) + 1}" if major == "0" else f"{int(major) + 1}"
    return f"{DISTRIBUTION}>={own_version()},<{ceiling}"


def _table(name: str, kind: Kind) -> str:
    return "[source]" if kind is Kind.SOURCE else f"[plugins.{name}]"


def _kit(kind: Kind) -> list[str]:
    """Return the lines by which the test of a kind imports from orderflow, as ruff writes them."""
    lines = []
    for module, names in _IMPORTS[kind].items():
        line = f"from {module} import {', '.join(names)}"
        if len(line) > _LINE:
            listed = "".join(f"    {name},\n" for name in names)
            line = f"from {module} import (\n{listed})"
        lines.append(line)
    return lines


def _module(line: str) -> str:
    return line.split()[1]


def _values(name: str, kind: Kind) -> dict[str, str]:
    """Return the names that follow from the plugin's. Raises SettingsError for an unfit one."""
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(module):
        raise SettingsError(
            f"{name!r} is no name for a plugin: use up to {_LONGEST} lower-case letters, digits "
            "and '_', a letter first, as in depth_ratio"
        )
    if module in OWN_PANES:
        raise SettingsError(f"{module!r} is a pane of the chart's own: choose another name")
    if module in installed():
        raise SettingsError(f"there is a plugin {module!r} already: choose another name")
    if find_spec(module):
        raise SettingsError(f"there is a Python module {module!r} already: choose another name")
    class_name = "".join(map(str.capitalize, module.split("_")))
    return {"name": module, "class_name": class_name, "kind": kind.value}


def _filled(template: str, values: Mapping[str, str]) -> str:
    path = files("orderflow_app") / "scaffold" / PurePosixPath(f"{template}.txt")
    return Template(path.read_text(encoding="utf-8")).substitute(values)
