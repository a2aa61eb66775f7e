"""The command line in this process, as far as a user can tell the same as a command."""

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from orderflow_app.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def orderflow(folder: Path, *arguments: str, **environment: str) -> Done:
    """Run `orderflow` with arguments in a folder, on a wide terminal that is none."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        patch.dict(os.environ, {"COLUMNS": "250", **environment}),
        patch.object(sys, "argv", ["orderflow", *arguments]),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(code, stdout.getvalue(), stderr.getvalue())
