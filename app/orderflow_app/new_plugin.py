"""`orderflow new-plugin`: a metric and its test, as a file or as a distribution."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from string import Template

from orderflow_core.contract.series import OWN_PANES
from orderflow_core.errors import OutputError, SettingsError
from orderflow_core.settings.discovery import installed

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST = 24  # so that no line of the templates gets too long
_KIT = (
    "from orderflow_core.testing import (\n    assert_same_results,\n    bars,\n    book,\n"
    "    run_plugin,\n    sample_market,\n)"
)


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
            if path.exists():
                raise OutputError(f"{path} exists already: remove it, or choose another name")
        for path, content in self.files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            except OSError as error:
                raise OutputError(f"{path} is not writable: {error.strerror or error}") from error


def plugin_file(name: str, folder: Path) -> NewPlugin:
    """Return a metric in one file of the folder, and its test beside it."""
    values = _values(name)
    module = values["name"]
    path = folder / f"{module}.py"
    own = f"from {module} import {values['class_name']}"
    imports = "\n".join(sorted([_KIT, own]))
    contents = {
        path: _filled("metric.py", values),
        folder / f"test_{module}.py": _filled("test_metric.py", {**values, "imports": imports}),
    }
    use = f'use = "{path.as_posix()}:{values["class_name"]}"\n'
    return NewPlugin(contents, f"[plugins.{module}]\n{use}", f"pytest {folder.as_posix()}")


def plugin_package(name: str, folder: Path) -> NewPlugin:
    """Return a metric in a distribution of its own, in a folder of the folder."""
    values = _values(name)
    module = f"orderflow_{values['name']}"
    distribution = module.replace("_", "-")
    values |= {
        "module": module,
        "distribution": distribution,
        "version": version("orderflow"),
        "imports": f"{_KIT}\n\nfrom {module} import {values['class_name']}",
    }
    root = folder / distribution
    contents = {
        root / "pyproject.toml": _filled("package/pyproject.toml", values),
        root / "README.md": _filled("package/README.md", values),
        root / module / "__init__.py": _filled("metric.py", values),
        root / module / "py.typed": "",
        root / "tests" / f"test_{values['name']}.py": _filled("test_metric.py", values),
    }
    test = f"uv pip install --editable {root.as_posix()} && pytest {root.as_posix()}"
    return NewPlugin(contents, f"[plugins.{values['name']}]\n", test)


def _values(name: str) -> dict[str, str]:
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
    return {"name": module, "class_name": "".join(map(str.capitalize, module.split("_")))}


def _filled(template: str, values: Mapping[str, str]) -> str:
    path = files("orderflow_app") / "scaffold" / PurePosixPath(f"{template}.txt")
    return Template(path.read_text(encoding="utf-8")).substitute(values)
