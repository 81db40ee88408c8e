"""What a process asks of the machine that it runs on."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h of the GNU C library
_ARENAS = 2


def save_memory() -> None:
    """Has all threads allocate from a few arenas. By itself the GNU C library gives many threads one each, and what one
    of them frees is of no use to the others: a fifth more memory after some load. To be called before threads start;
    with another C library nothing happens.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
