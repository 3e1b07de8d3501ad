"""What was read and judged of a shop's FAQ last, so that a save of another file reads and judges none of it again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.shop.faq import FaqRow
from app.shop.report import FolderProblem, ProblemCollector

T = TypeVar("T")


@dataclass(slots=True)
class LastResult(Generic[T]):
    """The last result of some work, with the problems that it found."""

    _kept: tuple[object, T, tuple[FolderProblem, ...]] | None = None

    def recall_or_do(self, given: object, problems: ProblemCollector, work: Callable[[ProblemCollector], T]) -> T:
        """The result for what is given, worked out anew where it differs from the last; its problems are added."""
        if self._kept is None or self._kept[0] != given:
            found = ProblemCollector()
            self._kept = given, work(found), found.list_problems()
        _, result, told = self._kept
        problems.add_all(told)
        return result

    def forget(self) -> None:
        """What was worked out holds for this moment alone."""
        self._kept = None


@dataclass(slots=True)
class FaqCache:
    """The rows of a shop's FAQ files, and what its promises were judged to be."""

    rows: LastResult[Sequence[FaqRow]] = field(default_factory=LastResult)
    promises: LastResult[None] = field(default_factory=LastResult)


@dataclass(frozen=True, slots=True)
class SameRows:
    """Rows that are compared by being the very same, for there may be a hundred thousand."""

    rows: Sequence[FaqRow]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameRows) and self.rows is other.rows

    def __hash__(self) -> int:
        return id(self.rows)
