"""The site of docs/: built without a warning, and whole without another host."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.slow.commands import REPOSITORY, call

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(REPOSITORY / "docs", folder / "docs")
    shutil.copy(REPOSITORY / ".zensical.toml", folder)
    zensical = Path(sys.executable).with_name("zensical")
    call(zensical, "build", "--config-file", ".zensical.toml", "--strict", cwd=folder)
    return folder / "build" / "docs"


def test_every_page_is_built(site: Path) -> None:
    pages = {path.relative_to(REPOSITORY / "docs") for path in (REPOSITORY / "docs").rglob("*.md")}
    built = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")}

    assert pages <= built


LOADED = re.compile(r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="?(https?:[^" >]*)')


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="?(https?:[^" >]*)', html
        )

        assert loaded == [], page


def test_no_stylesheet_loads_anything_from_another_host(site: Path) -> None:
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text())
