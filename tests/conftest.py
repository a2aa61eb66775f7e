"""How many examples a property is tried with: few in the quick suite, many where asked for.

`pytest --hypothesis-profile=thorough` asks for many. And what a terminal's end does.
"""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("quick")


@pytest.fixture
def heard_hangup() -> Iterator[None]:
    """Let SIGHUP be ignored by nobody, as it is where the tests themselves run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
