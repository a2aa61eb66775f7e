"""What makes the results of a run doubtful: more than 1 % of its rows are odd."""

import pytest

from orderflow_core.contract.report import Counts
from orderflow_core.running.digest import Account
from orderflow_core.running.doubts import doubts


def test_up_to_one_in_a_hundred_is_no_doubt() -> None:
    counts = Counts(windows=100, trades=0, crossed=1, unsure=1)

    assert doubts(counts, {}) == []


@pytest.mark.parametrize("name", ["crossed", "unsure", "late"])
def test_more_of_the_book_rows_are_told(name: str) -> None:
    counts = Counts(windows=100, trades=900)
    setattr(counts, name, 2)
    [sentence] = doubts(counts, {})

    assert sentence.startswith("2 of 100 (2.0%) book rows ")
    assert sentence.endswith(f"({name})")


def test_stale_rows_are_a_share_of_all_that_came() -> None:
    assert doubts(Counts(windows=99, stale=1), {}) == []
    assert doubts(Counts(windows=98, stale=2), {})[0].startswith("2 of 100 (2.0%) book rows ")


def test_refusals_are_told_with_the_commonest_reason_and_a_value() -> None:
    counts = Counts(windows=5, trades=4, refused={"no price": 1, "no side": 3})

    assert doubts(counts, {"no side": "'B' in a.db, table trades, id 7"}) == [
        "4 of 13 (30.8%) rows and levels were refused, most as no side: "
        "'B' in a.db, table trades, id 7"
    ]


def test_a_run_without_a_row_has_no_doubts() -> None:
    assert doubts(Counts(), {}) == []


@pytest.mark.parametrize("name", ["stale", "late", "duplicates"])
def test_a_count_that_did_not_use_to_be_there_changes_a_digest_only_where_it_is_not_0(
    name: str,
) -> None:
    account = Account()
    plain = account.digest()
    setattr(account.counts, name, 1)

    assert plain != account.digest()
