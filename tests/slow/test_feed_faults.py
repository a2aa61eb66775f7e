"""Faults between an exchange and a recorder: what is lost is told, and nothing else is."""

from pathlib import Path

import pytest

from benchmarks.fuzz import feeds
from benchmarks.fuzz.feed_markets import FEEDS, Feed
from tests.recordings import needs_recordings

pytestmark = [pytest.mark.slow, needs_recordings]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: f"{feed.venue} {feed.instrument}")
def test_each_loss_has_a_gap_row_and_every_other_row_is_right(tmp_path: Path, feed: Feed) -> None:
    wrong = [text for seed in range(1, 5) for text in feeds.check(feed, seed, tmp_path / "x").wrong]

    assert wrong == []
