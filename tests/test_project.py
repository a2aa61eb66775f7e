"""What the project says of itself in several places is the same in all of them."""

import re
import tomllib
from pathlib import Path

from orderflow_app.commands import OWN

from orderflow_core.contract.api import DISTRIBUTION
from tests.command import orderflow

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_each_python_that_is_named_is_one_that_changes_are_tried_with() -> None:
    named = re.findall(r":: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    workflow = (REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    [tried] = re.findall(r"python: \[(.*)\]", workflow)

    assert named == re.findall(r"3\.\d+", tried)
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_the_distribution_has_one_name() -> None:
    assert PROJECT["name"] == DISTRIBUTION == OWN


def test_a_new_package_is_pinned_below_the_next_version_that_may_change_the_api(
    tmp_path: Path,
) -> None:
    assert orderflow(tmp_path, "new-plugin", "mine", "--package").returncode == 0
    made = tomllib.loads((tmp_path / "orderflow-mine" / "pyproject.toml").read_text())

    assert made["project"]["dependencies"] == [f"{DISTRIBUTION}>={PROJECT['version']},<0.2"]
