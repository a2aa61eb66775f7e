"""Machine code that is loaded without LLVM, whose library takes up to 70 MB of memory.

An object file is laid out once as one piece, with a list of the places where an address is to be
written; to load it is to write those. That is done for Linux on x86-64 alone, where LLVM asks for
nothing but whole addresses.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Any, NamedTuple

_ELF_64 = b"\x7fELF\x02\x01"
_HEADER = Struct("<16sHHIQQQIHHHHHH")  # all of it as the ELF specification and its x86-64 part say
_SECTION, _SYMBOL, _RELOCATION = Struct("<IIQQQQIIQQ"), Struct("<IBBHQQ"), Struct("<QQq")
_X86_64 = 62
_CONTENT, _SYMBOLS, _RELOCATIONS, _UNWINDING = 1, 2, 4, 0x7000_0001
_WRITTEN_TO, _IN_MEMORY = 0x1, 0x2
_WHOLE_ADDRESS = 1
_ADDRESS = Struct("<Q")


class Layout(NamedTuple):
    """What there is in code as one piece; all places are counted from its begin.

    Attributes:
        within: where an address in the code is to be written, and of which place.
        calls: where the address of a function elsewhere is to be written, and the function's name.
        entries: where its own functions begin.

    """

    within: list[tuple[int, int]]
    calls: list[tuple[int, str]]
    entries: dict[str, int]


def laid_out(file: bytes) -> tuple[bytes, Layout]:
    """Return the code of an object file; raises ValueError where it needs LLVM to be loaded."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise ValueError("code is laid out for Linux on x86-64 alone")
    header = _HEADER.unpack_from(file)
    if not file.startswith(_ELF_64) or header[2] != _X86_64:
        raise ValueError("it is no ELF file for x86-64")
    return _ObjectFile(file, first=header[6], sections=header[12]).laid_out()


def put(code: bytes, layout: Layout, address_of: Callable[[str], int]) -> dict[str, int]:
    """Put code into the memory until the process ends; return the addresses of its functions.

    Raises OSError where the system gives no memory for code, and what `address_of` raises.
    """
    room = mmap.mmap(-1, len(code))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(room))  # or it goes while a thread is still in it
    begin = ctypes.addressof(ctypes.c_char.from_buffer(room))
    room[:] = code
    for place, target in layout.within:
        _ADDRESS.pack_into(room, place, begin + target)
    for place, name in layout.calls:
        _ADDRESS.pack_into(room, place, address_of(name))
    library: Any = ctypes.CDLL(None, use_errno=True)
    whole = ctypes.c_void_p(begin), ctypes.c_size_t(len(room))
    if library.mprotect(*whole, mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "the system gives no memory for code")
    return {name: begin + place for name, place in layout.entries.items()}


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    begin: int
    size: int
    link: int
    target: int
    align: int
    item: int


class _ObjectFile:
    def __init__(self, file: bytes, first: int, sections: int) -> None:
        self._file = file
        self._sections = [
            _Section(*_SECTION.unpack_from(file, first + number * _SECTION.size))
            for number in range(sections)
        ]
        self._content = bytearray()
        self._places = dict(self._put_together())

    def laid_out(self) -> tuple[bytes, Layout]:
        layout = Layout([], [], {})
        for section in self._sections:
            if section.kind == _SYMBOLS:
                own = self._symbols(section)
                layout.entries.update({name: at for name, at in own if name and at is not None})
            elif section.kind == _RELOCATIONS and section.target in self._places:
                for place, (name, at), added in self._relocations(section):
                    if at is None:
                        layout.calls.append((place, name))
                    else:
                        layout.within.append((place, at + added))
        return bytes(self._content), layout

    def _put_together(self) -> Iterator[tuple[int, int]]:
        """Take what is to be in the memory; yield sections' numbers and where they lie then."""
        for number, section in enumerate(self._sections):
            if not (section.flags & _IN_MEMORY and section.size) or section.kind == _UNWINDING:
                continue
            if section.kind != _CONTENT or section.flags & _WRITTEN_TO:
                raise ValueError("it has data that is written to")
            self._content += bytes(-len(self._content) % max(1, section.align))
            yield number, len(self._content)
            self._content += self._of(section)

    def _symbols(self, section: _Section) -> Iterator[tuple[str, int | None]]:
        """Yield names and where they are, None for what is elsewhere."""
        names = self._of(self._sections[section.link])
        for name, _, _, number, value, _ in _SYMBOL.iter_unpack(self._of(section)):
            place = self._places.get(number)
            text = names[name : names.index(b"\0", name)].decode()
            yield text, None if place is None else place + value

    def _relocations(self, section: _Section) -> Iterator[tuple[int, tuple[str, int | None], int]]:
        """Yield where an address is to be written, of which symbol, and what is added to it."""
        symbols = list(self._symbols(self._sections[section.link]))
        for place, what, added in _RELOCATION.iter_unpack(self._of(section)):
            name, at = symbols[what >> 32]
            if what & 0xFFFF_FFFF != _WHOLE_ADDRESS or (at is None and (added or not name)):
                raise ValueError("it asks for more than whole addresses")
            yield self._places[section.target] + place, (name, at), added

    def _of(self, section: _Section) -> bytes:
        return self._file[section.begin : section.begin + section.size]
