"""A store of a recording that goes over midnight, against the oracle."""

from pathlib import Path

import pytest
from orderflow_parquet.store import ParquetStore

from tests.plugins.parquet.test_parquet_recordings import assert_equals_the_oracle, run
from tests.recordings import needs_recordings

pytestmark = pytest.mark.slow


@needs_recordings
def test_every_bar_of_two_days_that_is_read_back_is_the_oracles(tmp_path: Path) -> None:
    run(tmp_path, "BTCUSD_PERP")

    store = ParquetStore(tmp_path / "store")
    assert_equals_the_oracle(store, "BTCUSD_PERP")
    assert len(store.covered("BTCUSD_PERP")) == 1
