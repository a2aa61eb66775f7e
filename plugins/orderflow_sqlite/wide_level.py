"""A level read without a branch on its digits, where it looks like the one before it.

Nearly all do: the same quotes, spaces and number of elements. One comparison of 64 bytes tells
where the level and its numbers end, so that a processor begins the next one before the digits of
this one are read; a shuffle brings the digits of price and size, without their points, to where
three multiplications make numbers of them. What is read so is what `level_kernel.py` would read;
any other level, and each on a processor without AVX2, is left to it.

Loaded are up to `PADDING` bytes from the beginning of a level on, whatever they hold: four numbers
of up to 63 places with what stands between them, and a word behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, njit, types
from numba.extending import intrinsic

from orderflow_sqlite.addresses import WORD, byte, eight_bytes, loaded, trailing_zeros

MOST_DIGITS = 15
"""So many digits are an integer below 2^53, and over a power of ten the very float they mean."""
POWERS = np.array([10**exponent for exponent in range(9)], np.int64)

_u64 = np.uint64
_BITS, _SPANS, _DIGITS = 64, 17, 16
_LAST = _u64(1 << (_BITS - 1))
_OPEN, _CLOSE, _COMMA, _SPACE, _POINT, _ZERO = (ord(sign) for sign in "[], .0")
_QUOTES = tuple(ord(sign) for sign in "\"'")

# A look: the bytes that open a level and how many they are, those between elements and how many
# they are, and how many counts follow the size.
UNKNOWN = (_u64(1), _u64(0), _u64(0), _u64(0), _u64(0))
"""The look that no level has."""


def _forms() -> Iterator[tuple[list[int], float]]:
    """Yield, by the length of a number and of its whole part, where its 16 digits stand.

    They are aligned to the right, and 255 is none. With them comes what their integer is to be
    divided by, -1 where that is no plain number.
    """
    for length in range(_SPANS):
        for whole in range(_SPANS):
            fraction = length - whole - (whole < length)
            digits = whole + fraction
            plain = whole > 0 and digits <= MOST_DIGITS and fraction < len(POWERS)
            plain = plain and (whole == length or fraction > 0)
            places = [place + (place >= whole) for place in range(digits)] if plain else []
            none = [255] * (_DIGITS - len(places))
            yield none + places, 10.0**fraction if plain else -1.0


_PLACES = np.array([places for places, _ in _forms()], np.uint8)
_DIVISORS = np.array([divisor for _, divisor in _forms()])


def has_shuffles() -> bool:
    """Whether code is compiled for a processor that is known to have AVX2."""
    chosen = config.CPU_NAME or config.CPU_FEATURES
    return not chosen and bool(binding.get_host_cpu_features().get("avx2"))


@intrinsic
def _marks(context: Any, address: Any) -> Any:
    """Compare 64 bytes; return a bit for each that is a digit, a point, a closing bracket."""
    many = ir.VectorType(ir.IntType(8), _BITS)

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def all_of(value: int) -> Any:
            return ir.Constant(many, [value] * _BITS)

        text = loaded(builder, arguments[0], many)
        found = (
            builder.icmp_unsigned("<", builder.sub(text, all_of(_ZERO)), all_of(10)),
            builder.icmp_unsigned("==", text, all_of(_POINT)),
            builder.icmp_unsigned("==", text, all_of(_CLOSE)),
        )
        bits = [builder.bitcast(each, WORD) for each in found]
        return target.make_tuple(builder, signature.return_type, bits)

    return types.UniTuple(types.uint64, 3)(types.int64), generate


@intrinsic
def _mantissas(context: Any, one: Any, one_places: Any, other: Any, other_places: Any) -> Any:
    """Return the digits of two numbers as integers, by their addresses and of their places."""
    bytes_, thirty_two = ir.IntType(8), ir.IntType(32)

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def constant(kind: Any, values: Any) -> Any:
            return ir.Constant(ir.VectorType(kind, len(values)), list(values))

        def instruction(name: str, kind: Any, count: int, *operands: Any) -> Any:
            name = f"llvm.x86.avx2.{name}"
            function = builder.module.globals.get(name)
            if function is None:
                taken = [operand.type for operand in operands]
                result = ir.FunctionType(ir.VectorType(kind, count), taken)
                function = ir.Function(builder.module, result, name)
            return builder.call(function, operands)

        def neighbours(name: str, kind: Any, value: Any, upper: int) -> Any:
            """Make one number of each two, the first of which counts `upper` times."""
            count = value.type.count // 2
            weights = constant(value.type.element, [upper, 1] * count)
            return instruction(name, kind, count, value, weights)

        def both(first: Any, second: Any) -> Any:
            return builder.shuffle_vector(first, second, constant(thirty_two, range(32)))

        one, one_places, other, other_places = (
            loaded(builder, address, ir.VectorType(bytes_, _DIGITS)) for address in arguments
        )
        value = builder.sub(both(one, other), constant(bytes_, [_ZERO] * 32))
        value = instruction("pshuf.b", bytes_, 32, value, both(one_places, other_places))
        value = neighbours("pmadd.ub.sw", ir.IntType(16), value, 10)
        value = neighbours("pmadd.wd", thirty_two, value, 100)
        value = instruction("packusdw", ir.IntType(16), 16, value, value)
        value = neighbours("pmadd.wd", thirty_two, value, 10_000)
        pair = []
        for place in range(0, 8, 4):  # of each number its upper and its lower eight digits
            upper, lower = (
                builder.zext(builder.extract_element(value, thirty_two(place + half)), WORD)
                for half in range(2)
            )
            pair.append(builder.add(builder.mul(upper, WORD(10**8)), lower))
        return target.make_tuple(builder, signature.return_type, pair)

    return types.UniTuple(types.int64, 2)(*[types.int64] * 4), generate


@njit(forceinline=True)
def _ones(count: Any) -> Any:
    """Return a word whose first `count` bytes, below eight, are all ones."""
    return (_u64(1) << (_u64(8) * count)) - _u64(1)


@njit(forceinline=True)
def _from(place: Any, marks: Any) -> Any:
    """Return the bits from a place on; from one without a bit on, bits that mean nothing."""
    return marks >> (place & _u64(_BITS - 1))


@njit(forceinline=True)
def _run(place: Any, marks: Any) -> Any:
    """Return how many bits from a place on are set, below 64."""
    return _u64(trailing_zeros(~_from(place, marks) | _LAST))


@njit(forceinline=True)
def _span(place: Any, marks: Any, points: Any) -> Any:
    """Return the length of a number, that of its whole part, and if it has one point at most."""
    length = _run(place, marks)
    stop = _u64(1) << length
    inside = _from(place, points) & (stop - _u64(1))
    return length, _u64(trailing_zeros(inside | stop)), inside & (inside - _u64(1)) == 0


@njit(forceinline=True)
def _past_count(at: Any, place: Any, digits: Any, between: Any, width: Any) -> Any:
    """Return the place past a count of 1 to 7 digits and what stands before it, and if they do."""
    there = eight_bytes(at + np.int64(place)) & _ones(width) == between
    length = _run(place + width, digits)
    return place + width + length, there & (length - _u64(1) < 7)


@njit(forceinline=True)
def _by_shuffles(at: Any, look: Any) -> Any:
    opening, lead, between, width, counts = look
    digits, points, closings = _marks(at)
    end = _u64(trailing_zeros(closings | _LAST))
    marks = digits | points
    length, whole, once = _span(lead, marks, points)
    plain = once & (eight_bytes(at) & _ones(lead) == opening)
    place = lead + length
    plain &= eight_bytes(at + np.int64(place)) & _ones(width) == between
    second = place + width
    second_length, second_whole, once = _span(second, marks, points)
    plain &= once & (length < _SPANS) & (second_length < _SPANS)
    place = second + second_length
    if counts > 0:
        place, there = _past_count(at, place, digits, between, width)
        plain &= there
    if counts > 1:
        place, there = _past_count(at, place, digits, between, width)
        plain &= there
    before = lead - _u64(1)
    plain &= eight_bytes(at + np.int64(place)) & _ones(before) == opening >> _u64(8)
    plain &= (place + before == end) & (end < _BITS - 1)
    if not plain:
        return 0.0, 0.0, at, False
    first, second = at + np.int64(lead), at + np.int64(second)
    form = length * _u64(_SPANS) + whole
    second_form = second_length * _u64(_SPANS) + second_whole
    places = np.int64(_PLACES.ctypes.data)
    price, size = _mantissas(
        *(first, places + np.int64(form) * _DIGITS),
        *(second, places + np.int64(second_form) * _DIGITS),
    )
    divisor, second_divisor = _DIVISORS[form], _DIVISORS[second_form]
    plain = (price > 0) & (divisor > 0) & (second_divisor > 0)
    if before == 0:  # without quotes a number that begins with 0 has no more before its point
        plain &= (whole == 1) | (byte(first) != _ZERO)
        plain &= (second_whole == 1) | (byte(second) != _ZERO)
    return price / divisor, size / second_divisor, at + np.int64(end) + 1, plain


@njit(forceinline=True)
def _never(at: Any, look: Any) -> Any:
    return 0.0, 0.0, at, False


level_like = _by_shuffles if has_shuffles() else _never
"""Return price, size and end of the level at an address, and whether it looks as it should."""


@njit(forceinline=True)
def gap_like(at: Any, look: Any) -> Any:
    """Return whether what stands at an address is what stands between levels, and its end if so.

    That is what stands between elements, less their quotes. The end is a guess that the processor
    need not wait for.
    """
    _, lead, between, width, _ = look
    quote = lead - _u64(1)
    length = width - _u64(2) * quote
    there = (eight_bytes(at) ^ between >> (_u64(8) * quote)) & _ones(length) == 0
    return there, at + np.int64(length)


@njit
def look_of(at: Any, end: Any) -> Any:
    """Return the look of the plain level between two addresses.

    UNKNOWN is that of one in round brackets, and of one that has counts without quotes.
    """
    commas, comma = 0, at
    for place in range(at, end):
        if byte(place) == _COMMA:
            commas, comma = commas + 1, place
    quote = byte(at + 1)
    if byte(at) != _OPEN or (commas > 1 and quote not in _QUOTES):
        return UNKNOWN
    between, width = _u64(_COMMA), _u64(1)
    if byte(comma + 1) == _SPACE:
        between, width = between | _u64(_SPACE << 8), _u64(2)
    if quote not in _QUOTES:
        return _u64(_OPEN), _u64(1), between, width, _u64(0)
    between = _u64(quote) | between << _u64(8) | _u64(quote) << _u64(8) * (width + _u64(1))
    return _u64(_OPEN | quote << 8), _u64(2), between, width + _u64(2), _u64(commas - 1)
