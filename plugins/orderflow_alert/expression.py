"""Conditions such as `obi > 0.6 and change(cvd, 10) > 0`, parsed and never executed as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from sys import float_info
from typing import Any

FIELDS = ("open", "high", "low", "close")
_MOST_NODES = 200
_MOST_BARS = 100_000
_ARITHMETIC: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Value:
    """A field of the bar of a series that was closed `back` bars before the last."""

    series: str
    field: str = "close"
    back: int = 0


Look = Callable[[Value], float]
"""Gives a value as it is known, NaN where there is none yet."""


class Missing(Exception):  # noqa: N818 (no error: a condition without all its values is false)
    """A value is not known, or arithmetic has no finite result."""


@dataclass(frozen=True)
class Condition:
    """What is asked of the bars of some series.

    Attributes:
        values: all that it looks at.
        tree: what was parsed and found safe.
        names: what each name in it stands for.

    """

    values: Sequence[Value]
    tree: ast.expr
    names: Mapping[str, Value]

    def holds(self, look: Look) -> bool:
        """Return whether it is true; where a value is missing it is not."""
        try:
            return bool(self._evaluate(self.tree, look))
        except (Missing, ZeroDivisionError, OverflowError):
            return False

    def _evaluate(self, node: ast.expr, look: Look) -> Any:
        match node:
            case ast.Constant(value=number):
                return number
            case ast.Name() | ast.Attribute():
                return _known(look(self.names[ast.unparse(node)]))
            case ast.Call(args=[ast.expr() as name, ast.Constant(value=int(back))]):
                last = self.names[ast.unparse(name)]
                before = Value(last.series, last.field, back)
                return _known(look(last)) - _known(look(before))
            case ast.Call(args=[argument]):
                return abs(self._evaluate(argument, look))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._evaluate(operand, look)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._evaluate(operand, look)
            case ast.BinOp(left=left, op=op, right=right):
                sides = self._evaluate(left, look), self._evaluate(right, look)
                return _known(_ARITHMETIC[type(op)](*sides))
            case ast.BoolOp(op=joint, values=parts):
                every = [bool(self._evaluate(part, look)) for part in parts]
                return all(every) if isinstance(joint, ast.And) else any(every)
            case ast.Compare(left=left, ops=ops, comparators=others):
                numbers = [self._evaluate(each, look) for each in (left, *others)]
                pairs = zip(ops, numbers, numbers[1:], strict=False)
                return all(_COMPARISONS[type(sign)](*pair) for sign, *pair in pairs)
        raise AssertionError(node)


def parse(text: str, series: Sequence[str]) -> Condition:
    """Return a condition on these series; raises ValueError with what is wrong in it."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = getattr(error, "msg", None) or str(error)
        raise ValueError(f"it is no condition: {told}") from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
        raise ValueError(f"it is longer than {_MOST_NODES} words and signs")
    names: dict[str, Value] = {}
    values: list[Value] = []
    if not _is_question(tree):
        raise ValueError("it has no comparison, such as obi > 0.6")
    _check(tree, series, names, values)
    if not names:
        raise ValueError("it names no series")
    return Condition(tuple(dict.fromkeys(values)), tree, names)


def _is_question(node: ast.expr) -> bool:
    """Whether a part is true or false, and no number."""
    match node:
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
    return False


def _check(
    node: ast.expr, series: Sequence[str], names: dict[str, Value], values: list[Value]
) -> None:
    """Look through a part; raises ValueError for what a condition may not have."""
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(f"{node.value!r} is no number")
        case ast.Constant(value=int() | float() as number) if abs(number) <= float_info.max:
            return
        case ast.Name() | ast.Attribute():
            value = _value(ast.unparse(node), series)
            names[ast.unparse(node)] = value
            values.append(value)
        case ast.Call(func=ast.Name(id="change"), args=[name, back], keywords=[]):
            _check_change(name, back, series, names, values)
        case ast.Call(func=ast.Name(id="abs"), args=[argument], keywords=[]):
            _check_numbers([argument], series, names, values)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _check_numbers([operand], series, names, values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            _check_numbers([left, right], series, names, values)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARISONS for op in ops
        ):
            _check_numbers([left, *others], series, names, values)
        case ast.BoolOp(values=parts):
            _check_questions(parts, series, names, values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_questions([operand], series, names, values)
        case _:
            raise ValueError(
                f"{ast.unparse(node)!r} may not stand in a condition: there are series, numbers, "
                "+ - * /, comparisons, and, or, not, abs(x) and change(series, bars)"
            )


def _check_numbers(
    parts: Sequence[ast.expr], series: Sequence[str], names: dict[str, Value], values: list[Value]
) -> None:
    for part in parts:
        if _is_question(part):
            raise ValueError(f"{ast.unparse(part)!r} is true or false, and no number")
        _check(part, series, names, values)


def _check_questions(
    parts: Sequence[ast.expr], series: Sequence[str], names: dict[str, Value], values: list[Value]
) -> None:
    for part in parts:
        if not _is_question(part):
            raise ValueError(f"{ast.unparse(part)!r} is a number, and neither true nor false")
        _check(part, series, names, values)


def _check_change(
    name: ast.expr,
    back: ast.expr,
    series: Sequence[str],
    names: dict[str, Value],
    values: list[Value],
) -> None:
    match back:
        case ast.Constant(value=int(bars)) if 1 <= bars <= _MOST_BARS and bars is not True:
            _check(name, series, names, values)
        case _:
            raise ValueError(
                f"change(series, bars) wants a number of bars from 1 to {_MOST_BARS:,}, and not "
                f"{ast.unparse(back)}"
            )
    if ast.unparse(name) not in names:
        raise ValueError(f"change(series, bars) wants a series, and not {ast.unparse(name)}")
    value = names[ast.unparse(name)]
    values.append(Value(value.series, value.field, bars))


def _value(name: str, series: Sequence[str]) -> Value:
    """Return what a name stands for: a series' close, or another field of its bars."""
    if name in series:
        return Value(name)
    key, _, field = name.rpartition(".")
    if key in series and field in FIELDS:
        return Value(key, field)
    raise ValueError(f"there is no series {name!r}; there are {', '.join(sorted(series))}")


def _known(number: float) -> float:
    if not isfinite(number):
        raise Missing
    return number


def names_in(text: str) -> list[str]:
    """Return the first parts of the names in a condition; none where it cannot be read."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in called)
    return sorted({node.id for node in named})
