"""The table [dashboard], read with all the others."""

from pathlib import Path

import pytest
from orderflow_app.dashboard.settings import TABLES, DashboardSettings

from orderflow_core.errors import SettingsError
from orderflow_core.settings.reading import load
from tests.app.test_run import SETTINGS


def written(folder: Path, text: str = "") -> Path:
    (folder / "settings.toml").write_text(SETTINGS + text)
    return folder / "settings.toml"


def test_the_table_is_read(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[dashboard]\nport = 9000\nhost = "::1"\n'), None, TABLES)

    assert settings.tables == {
        "dashboard": DashboardSettings.model_validate({"port": 9000, "host": "::1"})
    }


def test_without_the_table_there_is_no_dashboard(tmp_path: Path) -> None:
    assert load(written(tmp_path), None, TABLES).tables == {}


def test_environment_and_command_line_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERFLOW_DASHBOARD__PORT", "9001")
    path = written(tmp_path, "[dashboard]\nport = 9000\n")
    settings = load(path, {("dashboard", "serve"): True}, TABLES)

    assert settings.tables["dashboard"] == DashboardSettings.model_validate(
        {"port": 9001, "serve": True}
    )


def test_its_mistakes_are_told_with_all_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, "[dashboard]\nport = 0\nhots = 1\n[plugins.obi2]\n")
    with pytest.raises(SettingsError) as found:
        load(path, None, TABLES)

    told = "\n".join(found.value.problems)
    assert "[dashboard] port = '0'" in told or "[dashboard] port = 0" in told
    assert "[dashboard] has no key 'hots'; did you mean host?" in told
    assert "[plugins.obi2]" in told


@pytest.mark.parametrize("host", ["a..b", ".", "a" * 70])
def test_what_is_no_name_of_a_host_is_told(tmp_path: Path, host: str) -> None:
    path = written(tmp_path, f'[dashboard]\nhost = "{host}"\n')

    with pytest.raises(SettingsError, match="is no name or address of a host"):
        load(path, None, TABLES)


def test_a_host_without_the_table_does_not_know_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"unknown table \[dashboard\]"):
        load(written(tmp_path, "[dashboard]\n"))


def test_a_misspelt_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean dashboard"):
        load(written(tmp_path, "[dashbord]\n"), None, TABLES)
