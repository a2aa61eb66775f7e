"""Real recordings to test against; they are larger than the repository and stand beside it."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

needs_recordings = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real recordings are not beside the repository"
)
