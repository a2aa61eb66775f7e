"""The pages of docs/, as the blocks of code that they show.

A block may have a mark on the line before it, `<!-- mark -->`:

- none: Python runs, TOML is a settings file, `sh` has finite `orderflow` commands that end with 0;
- `installs`, `tests`, `measures`, `serves`: not run here, but the options of its `orderflow`
  commands exist;
- `fails`: its command ends with another code than 0;
- `printed`: `text` that the command before it printed.

A `title` names the file that a block is; `add to FILE` adds to that file. Such Python runs too, but
for tests, which pytest runs at the page's end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import split

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
README = REPOSITORY / "README.md"
_BLOCK = re.compile(
    r'(?:<!-- (?P<mark>\w+) -->\n)?^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n'
    r"(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class CodeBlock:
    """A block of a page; `line` is where it begins."""

    line: int
    language: str
    code: str
    mark: str | None
    title: str | None

    def commands(self) -> Iterator[list[str]]:
        """Yield the arguments of each `orderflow` command."""
        for line in self.code.splitlines():
            line = line.removeprefix("uv run ")
            if line.partition(" ")[0] == "orderflow":
                yield split(line)[1:]


def blocks(page: Path) -> list[CodeBlock]:
    """Return the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        CodeBlock(
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["code"],
            found["mark"],
            found["title"],
        )
        for found in _BLOCK.finditer(text)
    ]


def name(page: Path) -> str:
    """Return the page's name, for the ids of tests."""
    return page.relative_to(REPOSITORY).as_posix()
