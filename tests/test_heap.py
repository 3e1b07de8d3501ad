"""What freed memory a process keeps."""

import subprocess
import sys

KEEP = """
import numpy, psutil
from app.heap import bound_free_memory
{bound}
resident = psutil.Process().memory_info
numpy.ones(8 << 20, dtype=numpy.uint8)  # once it is freed, blocks as large come from the heap
before = resident().rss
blocks = [numpy.ones(1 << 20, dtype=numpy.uint8) for _ in range(12)]
del blocks
print((resident().rss - before) >> 20)
"""


def kept_mebibytes(bound: str) -> int:
    command = [sys.executable, "-c", KEEP.format(bound=bound)]
    told = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # our own words
    return int(told.stdout)


def test_little_of_what_was_freed_is_kept() -> None:
    assert kept_mebibytes("") > 8
    assert kept_mebibytes("bound_free_memory()") < 3
