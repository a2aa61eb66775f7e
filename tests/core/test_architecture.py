"""The arrows between the rooms: app -> core <- plugins."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.name for path in (REPOSITORY / "plugins").iterdir() if path.is_dir())
CONTRACT = REPOSITORY / "orderflow_core" / "contract"
ROOMS = {
    "orderflow_core": REPOSITORY / "orderflow_core",
    "orderflow_app": REPOSITORY / "app" / "orderflow_app",
    **{name: REPOSITORY / "plugins" / name for name in PLUGINS},
}


def imported(folder: Path) -> set[str]:
    """Return the modules that those in a folder import, at any depth of their code."""
    files = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return set().union(*map(names_in, files))


def imported_rooms(room: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(ROOMS[room])} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_itself_and_the_core_alone(room: str) -> None:
    assert imported_rooms(room) <= {room, "orderflow_core"}


def test_every_plugin_is_a_room_that_uses_the_core() -> None:
    assert len(PLUGINS) == 22
    assert all("orderflow_core" in imported_rooms(plugin) for plugin in PLUGINS)


def test_the_contract_imports_nothing_of_the_core_but_errors_and_words() -> None:
    core = {name for name in imported(CONTRACT) if name.startswith("orderflow_core")}
    own = {name for name in core if name.startswith("orderflow_core.contract")}

    assert own
    assert core - own <= {"orderflow_core.errors", "orderflow_core.words"}


DOORS = {
    "orderflow_core",
    "orderflow_core.engines",
    "orderflow_core.sinks",
    "orderflow_core.sources",
    "orderflow_core.store",
    "orderflow_core.testing",
}
PACKAGES = sorted((REPOSITORY / "orderflow_core").rglob("*.py"))


def core_modules(source: str) -> set[str]:
    """Return the modules of the core that a piece of Python imports from."""
    return {name for name in names_in(source) if name.split(".")[0] == "orderflow_core"}


def names_in(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def for_authors() -> list[Path]:
    """Return what plugin authors read: the shipped plugins, the examples and the scaffold."""
    folders = ("plugins", "examples", "app/orderflow_app/scaffold", "tests/plugins")
    return [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py*"))]


@pytest.mark.parametrize(
    "path",
    [path for path in for_authors() if path.suffix == ".py"],
    ids=lambda path: path.relative_to(REPOSITORY).as_posix(),
)
def test_plugins_and_examples_use_the_public_doors(path: Path) -> None:
    assert core_modules(path.read_text(encoding="utf-8")) <= DOORS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_docs_use_the_public_doors(page: Path) -> None:
    named = re.findall(r"(?:from|import) (orderflow_core[\w.]*)", page.read_text("utf-8"))

    assert set(named) <= DOORS


def rooms_of_the_core() -> set[str]:
    return {path.name for path in (REPOSITORY / "orderflow_core").iterdir() if path.is_dir()}


def private_names(path: Path) -> list[str]:
    """Return the names with an underscore that a module takes from others of the core."""
    taken = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orderflow_"):
            taken += [alias.name for alias in node.names if alias.name.startswith("_")]
    return taken


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_no_module_takes_the_private_names_of_another(path: Path) -> None:
    assert private_names(path) == []


_UPPER = {"running", "engine", "testing"}
FORBIDDEN = {
    "output": {"events", "streaming", "plugin", "store", "bus", "settings", *_UPPER},
    "events": {"output", "streaming", "plugin", "store", "bus", "settings", *_UPPER},
    "streaming": {"output", "plugin", "store", "bus", "settings", *_UPPER},
    "plugin": {"output", "store", "bus", "settings", *_UPPER},
    "store": {"output", "bus", "settings", *_UPPER},
    "bus": {"output", "store", "settings", *_UPPER},
    "settings": {"output", "store", *_UPPER},
    "running": {"output", "store", "engine", "testing"},
    "engine": {"store", "testing"},
}
"""The rooms that each room of the core knows nothing of."""


@pytest.mark.parametrize("room", FORBIDDEN)
def test_the_rooms_of_the_core_stand_one_upon_the_other(room: str) -> None:
    modules = imported(REPOSITORY / "orderflow_core" / room)
    rooms = {name.split(".")[1] for name in modules if name.startswith("orderflow_core.")}

    assert FORBIDDEN.keys() | {"contract", "testing"} == {
        name for name in rooms_of_the_core() if not name.startswith("__")
    }
    assert rooms.isdisjoint(FORBIDDEN[room])
