"""What the project says of itself in several places is the same in all of them."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_each_python_that_is_named_is_one_that_changes_are_tried_with() -> None:
    named = re.findall(r":: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    workflow = (REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    [tried] = re.findall(r"python: \[(.*)\]", workflow)

    assert named == re.findall(r"3\.\d+", tried)
    assert PROJECT["requires-python"] == f">={named[0]}"
