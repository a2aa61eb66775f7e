"""The arrows between the rooms: app -> core <- plugins."""

import ast
from pathlib import Path

import pytest

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
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


def imported_rooms(room: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(ROOMS[room])} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_itself_and_the_core_alone(room: str) -> None:
    assert imported_rooms(room) <= {room, "orderflow_core"}


def test_every_plugin_is_a_room_that_uses_the_core() -> None:
    assert len(PLUGINS) == 6
    assert all("orderflow_core" in imported_rooms(plugin) for plugin in PLUGINS)


def test_the_contract_imports_nothing_of_the_core_but_errors_and_words() -> None:
    core = {name for name in imported(CONTRACT) if name.startswith("orderflow_core")}
    own = {name for name in core if name.startswith("orderflow_core.contract")}

    assert own
    assert core - own <= {"orderflow_core.errors", "orderflow_core.words"}
