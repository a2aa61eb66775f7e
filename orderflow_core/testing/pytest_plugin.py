"""What pytest knows of orderflow where it is installed: the fixture `sample_market`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from orderflow_core.testing import Moment


@pytest.fixture(scope="session")
def sample_market() -> list[Moment]:
    """Return a minute of the simulated market, 600 book rows and their trades."""
    from orderflow_core.testing import sample_market as make

    return make()
