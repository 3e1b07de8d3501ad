"""A table as text, before anyone knows what its columns mean."""

from collections.abc import Sequence
from dataclasses import dataclass

Cell = tuple[int, int]
"""Row counted from 1 as Excel does, and column counted from 0."""


class UnreadableTableError(ValueError):
    """A file that cannot be read; the Chinese message says what to do, `row` is where reading stopped."""

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: `number` as Excel shows it, `cells` as text in the order of the headings."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class CellMarks:
    """What a worksheet says of its cells beside their text.

    Attributes:
        hidden: numbers of the rows that a filter or a person hides.
        struck: cells written in struck-out letters.
        uncomputed: cells with a formula for which the file holds no result.
    """

    hidden: frozenset[int] = frozenset()
    struck: frozenset[Cell] = frozenset()
    uncomputed: frozenset[Cell] = frozenset()


NO_MARKS = CellMarks()


@dataclass(frozen=True, slots=True)
class RawTable:
    """Headings, in row `top`, and the rows below them.

    Attributes:
        broken: why the rest could not be read.
        sheet: the worksheet's name, empty for a CSV file.
        first: the cells of row `top` as they are written.
        concealed: whether Excel shows no tab for the worksheet.
    """

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    broken: UnreadableTableError | None = None
    top: int = 1
    sheet: str = ""
    first: Sequence[str] = ()
    concealed: bool = False
    marks: CellMarks = NO_MARKS
