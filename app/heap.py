"""What of the memory a process has freed goes back to the system; the C library would keep much of it."""

import ctypes
from contextlib import suppress
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_MOST_KEPT = 1 << 20
"""Bytes at the end of the heap that may stay free."""
_LARGE = 256 << 10
"""Bytes from which a block is taken from the system by itself, and goes back once it is freed."""


def bound_free_memory() -> None:
    """Holds these two limits still for the process; mallopt(3).

    Left alone glibc raises them to the largest block freed, up to 32 MiB, and keeps the room of every batch between
    what came after it: 25 MiB under load.
    """
    with suppress(AttributeError, OSError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)


def release_memory() -> None:
    """Returns freed memory to the system (40 MiB after a thousand FAQ entries), which glibc would keep."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
