"""Conditions: what they may have, and what they come to."""

import re
from math import nan

import pytest
from orderflow_alert.expression import Value, names_in, parse

SERIES = ["obi", "cvd", "profile", "profile.high", "tot"]
KNOWN = {
    Value("obi"): 0.5,
    Value("obi", "high"): 0.9,
    Value("cvd"): 7.0,
    Value("cvd", "close", 10): 4.0,
    Value("profile.high"): 100.0,
    Value("profile.high", "low"): 99.0,
    Value("tot"): 0.0,
}


def holds(text: str) -> bool:
    return parse(text, SERIES).holds(lambda value: KNOWN.get(value, nan))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("obi > 0.4", True),
        ("obi.high > 0.8 and cvd == 7", True),
        ("profile.high >= 100 and profile.high.low < 100", True),
        ("change(cvd, 10) > 2.9", True),
        ("change(cvd, 10) > 3", False),
        ("not obi > 0.6 or cvd > 100", True),
        ("-1 < obi < 0.6 < cvd", True),
        ("abs(-obi) * 2 + 1 - cvd / 7 == 1", True),
        ("1 / tot > 0", False),
        ("profile > 0 or obi > 0", False),
        ("change(obi, 1) > 0", False),
        ("not change(obi, 1) > 0", False),
    ],
)
def test_a_condition_is_true_where_all_its_values_are_known_and_say_so(
    text: str, wanted: bool
) -> None:
    assert holds(text) is wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("obi >", "it is no condition"),
        ("obx > 1", "there is no series 'obx'; there are cvd, obi, profile, profile.high, tot"),
        ("obi.median > 1", "there is no series 'obi.median'"),
        ("obi", "it has no comparison"),
        ("1 > 0", "it names no series"),
        ("obi and cvd > 0", "is a number, and neither true nor false"),
        ("(obi > 0) + 1 > 0", "is true or false, and no number"),
        ("obi > True", "True is no number"),
        pytest.param(f"obi > 1{'0' * 400}", "may not stand in a condition", id="beyond a float"),
        ("change(cvd, 0) > 0", "wants a number of bars from 1"),
        ("change(cvd, obi) > 0", "wants a number of bars from 1"),
        ("change(3, 1) > obi", "wants a series"),
        ("__import__('os') > obi", "may not stand in a condition"),
        ("obi > 1e999", "may not stand in a condition"),
        ("obi ** 99 > 0", "may not stand in a condition"),
        ("obi in cvd", "may not stand in a condition"),
        ("[obi for obi in cvd] > 0", "may not stand in a condition"),
        ("(lambda: 1)() > obi", "may not stand in a condition"),
        ("obi > 'a'", "may not stand in a condition"),
        (" and ".join(["obi > 0"] * 200), "it is longer than 200"),
    ],
)
def test_what_no_condition_may_have_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse(text, SERIES)


def test_its_names_are_those_of_tables_and_series() -> None:
    assert names_in("change(cvd, 10) > abs(profile.high.low)") == ["cvd", "profile"]
    assert names_in("change(change, 1) > abs.high") == ["abs", "change"]
    assert names_in("obi >") == []
