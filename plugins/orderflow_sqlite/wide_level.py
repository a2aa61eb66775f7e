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
from numba import config, types
from numba.extending import intrinsic

from orderflow_sqlite.addresses import WORD, byte, eight_bytes, loaded, part, trailing_zeros

MOST_DIGITS = 15
"""So many digits are an integer below 2^53, and over a power of ten the very float they mean."""
POWERS = np.array([10**exponent for exponent in range(9)], np.int64)

_u64 = np.uint64
_BITS, _SPANS, _DIGITS = 64, 17, 16
_ONE, _LAST = _u64(1), _u64(1 << (_BITS - 1))
_OPEN, _CLOSE, _COMMA, _SPACE, _POINT, _ZERO = (ord(sign) for sign in "[], .0")
_DOUBLE, _SINGLE = (ord(sign) for sign in "\"'")

# A look: the bytes that open a level and how many they are, those between elements and how many
# they are, and how many counts follow the size.
UNKNOWN = (_u64(1), 0, _u64(0), 0, 0)
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


@part()
def _ones(count: Any) -> Any:
    """Return a word whose first `count` bytes, below eight, are all ones."""
    return (_ONE << (8 * count)) - _ONE


@part()
def _run(place: Any, marks: Any) -> Any:
    """Return how many bits from a place on are set, below 64; from 64 on, any number."""
    return trailing_zeros(~(marks >> (place & 63)) | _LAST)


@part()
def _span(place: Any, marks: Any, points: Any) -> Any:
    """Return the length of a number, that of its whole part, and if it has one point at most."""
    length = _run(place, marks)
    stop = _ONE << length
    inside = points >> (place & 63) & (stop - _ONE)
    return length, trailing_zeros(inside | stop), inside & (inside - _ONE) == 0


@part(forceinline=True)
def _by_shuffles(at: Any, look: Any) -> Any:
    opening, lead, between, width, counts = look
    digits, points, closings = _marks(at)
    end = trailing_zeros(closings | _LAST)
    marks = digits | points
    length, whole, once = _span(lead, marks, points)
    plain = once & (eight_bytes(at) & _ones(lead) == opening)
    place = lead + length
    plain &= eight_bytes(at + place) & _ones(width) == between
    second = place + width
    second_length, second_whole, once = _span(second, marks, points)
    plain &= once & (length < _SPANS) & (second_length < _SPANS)
    place = second + second_length
    for _ in range(counts):  # of 1 to 7 digits
        plain &= eight_bytes(at + place) & _ones(width) == between
        count = _run(place + width, digits)
        plain &= (count > 0) & (count < 8)
        place += width + count
    before = lead - 1
    plain &= eight_bytes(at + place) & _ones(before) == opening >> 8
    plain &= (place + before == end) & (end < _BITS - 1)
    if not plain:
        return 0.0, 0.0, at, False
    first, second = at + lead, at + second
    form = length * _SPANS + whole
    second_form = second_length * _SPANS + second_whole
    places = np.int64(_PLACES.ctypes.data)
    price, size = _mantissas(
        *(first, places + form * _DIGITS), *(second, places + second_form * _DIGITS)
    )
    divisor, second_divisor = _DIVISORS[form], _DIVISORS[second_form]
    plain = (price > 0) & (divisor > 0) & (second_divisor > 0)
    if before == 0:  # without quotes a number that begins with 0 has no more before its point
        plain &= (whole == 1) | (byte(first) != _ZERO)
        plain &= (second_whole == 1) | (byte(second) != _ZERO)
    return price / divisor, size / second_divisor, at + end + 1, plain


@part()
def _never(at: Any, look: Any) -> Any:
    return 0.0, 0.0, at, False


level_like = _by_shuffles if has_shuffles() else _never
"""Return price, size and end of the level at an address, and whether it looks as it should."""


@part()
def gap_like(at: Any, look: Any) -> Any:
    """Return whether what stands at an address is what stands between levels, and its end if so.

    That is what stands between elements, less their quotes. The end is a guess that the processor
    need not wait for.
    """
    _, lead, between, width, _ = look
    quote = lead - 1
    length = width - 2 * quote
    there = (eight_bytes(at) ^ between >> (8 * quote)) & _ones(length) == 0
    return there, at + length


@part()
def look_of(at: Any, end: Any) -> Any:
    """Return the look of the plain level between two addresses.

    UNKNOWN is that of one in round brackets, and of one that has counts without quotes.
    """
    commas, comma = 0, at
    for place in range(at, end):
        if byte(place) == _COMMA:
            commas, comma = commas + 1, place
    quote = byte(at + 1)
    quoted = (quote == _DOUBLE) | (quote == _SINGLE)
    if byte(at) != _OPEN or (commas > 1 and not quoted):
        return UNKNOWN
    spaced = byte(comma + 1) == _SPACE
    opening = _OPEN
    between, width = _COMMA | spaced * _SPACE << 8, 1 + spaced
    if quoted:
        opening |= quote << 8
        between, width = quote | between << 8 | quote << 8 * (width + 1), width + 2
    return _u64(opening), 1 + quoted, _u64(between), width, commas - 1
