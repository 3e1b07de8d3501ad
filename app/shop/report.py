"""Reports of a shop folder's problems, worded so that a shopkeeper can mend them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.errors import XiaoerError
from app.shop.suggest import suggest_sentence

_MAX_HINTS = 300


class Severity(StrEnum):
    """An error keeps a row, or the whole shop, from being used; a warning is worth mending, a hint worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell of a table as a shopkeeper finds it; `sheet` is empty for a CSV file, `column` is a letter."""

    file: str
    row: int | None
    field: str
    sheet: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """One problem: where it is, and what to write instead.

    Attributes:
        row: the row number Excel shows, or the line of a YAML file; None for a problem of the whole file.
        field: the heading of the column, or the path of the key in a YAML file.
        sheet: the worksheet of an Excel file, else empty.
        column: the letter Excel shows above the column, else empty.
        rule: the name of the check that found it, for programs; empty where the file cannot be read as it stands.
        leaves_out: whether the error costs the shop one row, without which the rest opens.
    """

    severity: Severity
    file: str
    message: str
    row: int | None = None
    field: str = ""
    sheet: str = ""
    column: str = ""
    rule: str = ""
    leaves_out: bool = False


@dataclass(frozen=True, slots=True)
class FolderReport:
    """Every problem of a folder, and counts of what was read."""

    problems: tuple[FolderProblem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[FolderProblem, ...]:
        """The problems that keep the shop from opening."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[FolderProblem, ...]:
        """The problems the shop can open with."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    @property
    def hints(self) -> tuple[FolderProblem, ...]:
        """What is only worth knowing."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.HINT)

    @property
    def is_valid(self) -> bool:
        """True when there is no error."""
        return not self.errors

    @property
    def left_out(self) -> tuple[FolderProblem, ...]:
        """The errors that cost a row each, without which the rest of the shop opens."""
        return tuple(problem for problem in self.errors if problem.leaves_out)

    def can_open(self, *, strict: bool) -> bool:
        """Whether the shop opens: with `strict` only without an error, else also without the rows that have one."""
        return not self.errors if strict else len(self.left_out) == len(self.errors)


class ShopInvalid(XiaoerError):  # noqa: N818  the shop is what is invalid, and every part names it so
    """The folder cannot be opened as a shop; `report` holds every reason."""

    status = 503
    slug = "shop-invalid"
    title = "Shop folder has errors"

    def __init__(self, report: FolderReport) -> None:
        super().__init__("；".join(format_problem(problem) for problem in report.errors[:3]))
        self.report = report


class ProblemCollector:
    """Collects what is found while a folder is read."""

    def __init__(self) -> None:
        self._found: list[FolderProblem] = []
        self._hints = 0

    def add_error(
        self, file: str, message: str, row: int | None = None, field: str = "", sheet: str = "", column: str = ""
    ) -> None:
        """Adds an error that keeps the shop from opening."""
        self._found.append(FolderProblem(Severity.ERROR, _printable_name(file), message, row, field, sheet, column))

    def add_warning(
        self, file: str, message: str, row: int | None = None, field: str = "", sheet: str = "", column: str = ""
    ) -> None:
        """Adds a warning."""
        self._found.append(FolderProblem(Severity.WARNING, _printable_name(file), message, row, field, sheet, column))

    def report_error(self, place: CellPlace, message: str) -> None:
        """Adds an error of one cell, whose row is left out."""
        place_of = (_printable_name(place.file), message, place.row, place.field, place.sheet, place.column)
        self._found.append(FolderProblem(Severity.ERROR, *place_of, leaves_out=True))

    def add_all(self, problems: Iterable[FolderProblem]) -> None:
        """Adds what was found elsewhere."""
        self._found.extend(problems)

    def list_bad_rows(self) -> frozenset[tuple[str, str, int]]:
        """The rows to leave out, each as file, sheet and number."""
        return frozenset(
            (one.file, one.sheet, one.row) for one in self._found if one.leaves_out and one.row is not None
        )

    def leave_out_file(self, file: str, message: str) -> None:
        """Adds an error of a whole file, without which the shop opens."""
        self._found.append(FolderProblem(Severity.ERROR, _printable_name(file), message, leaves_out=True))

    def close_shop(self, place: CellPlace, message: str) -> None:
        """Adds an error of one place that keeps the shop from opening."""
        self.add_error(place.file, message, place.row, place.field, place.sheet, place.column)

    def report_warning(self, place: CellPlace, message: str) -> None:
        """Adds a warning of one cell."""
        self.add_warning(place.file, message, place.row, place.field, place.sheet, place.column)

    def report_problem(self, severity: Severity, place: CellPlace, message: str, rule: str) -> None:
        """Adds what a named check found in one cell; an error costs its row."""
        found = FolderProblem(
            severity,
            _printable_name(place.file),
            message,
            place.row,
            place.field,
            sheet=place.sheet,
            column=place.column,
            rule=rule,
            leaves_out=severity is Severity.ERROR,
        )
        self._found.append(found)

    def suggest_name(self, word: str, known: Collection[str]) -> str:
        """A sentence that suggests a known name; empty after the first few hundred, because each scans all names."""
        self._hints += 1
        return suggest_sentence(word, known) if self._hints <= _MAX_HINTS else ""

    def list_problems(self) -> tuple[FolderProblem, ...]:
        """All problems, by file, sheet and row; sheets in the order in which they were read."""
        found = dict.fromkeys(self._found)
        sheets = {sheet: at for at, sheet in enumerate(dict.fromkeys((one.file, one.sheet) for one in found))}
        return tuple(sorted(found, key=lambda one: (one.file, sheets[one.file, one.sheet], one.row or 0)))


def _printable_name(name: str) -> str:
    """The file name with only characters that a terminal can print."""
    return name.encode("utf-8", "replace").decode()


def format_place(problem: FolderProblem) -> str:
    """The place of the problem, in a shopkeeper's words."""
    sheet = f" 工作表“{problem.sheet}”" if problem.sheet else ""
    row = f" 第 {problem.row} 行" if problem.row is not None else ""
    column = f" {problem.column} 列" if problem.column else ""
    field_name = f"「{problem.field}」" if problem.field else ""
    return f"{problem.file}{sheet}{row}{column}{field_name}"


def format_problem(problem: FolderProblem) -> str:
    """The problem in one line."""
    return f"{format_place(problem)}：{problem.message}"


def render_report(report: FolderReport, limit: int = 200) -> str:
    """The report for a terminal: errors first, then warnings and hints, then what was read."""
    sections = (("错误", report.errors), ("提醒", report.warnings), ("提示", report.hints))
    lines = [line for title, problems in sections for line in _render_section(title, problems, limit)]
    read = "，".join(f"{what} {count}" for what, count in report.counts.items())
    if read:
        lines.append(f"已读取：{read}。")
    lines.append(_render_verdict(report))
    return "\n".join(lines)


def _render_section(title: str, problems: tuple[FolderProblem, ...], limit: int) -> Iterable[str]:
    for problem in problems[:limit]:
        yield f"{title}  {format_problem(problem)}"
    if len(problems) > limit:
        yield f"{title}  ……还有 {len(problems) - limit} 条，先改好上面的再检查一次。"


def _render_verdict(report: FolderReport) -> str:
    if not report.problems:
        return "检查通过，没有发现问题。"
    others = f"{len(report.warnings)} 条提醒" + (f"、{len(report.hints)} 条提示" if report.hints else "")
    if report.errors and report.can_open(strict=False):
        return (
            f"有 {len(report.errors)} 处错误，所在的那几条会被跳过，其余照常使用；另有 {others}。"
            "shop.yml 里写 strict: true 的店有错误就不启用。"
        )
    if report.is_valid:
        return f"检查通过，有 {others}，建议看一看。"
    return f"检查没有通过：{len(report.errors)} 处错误需要改好，另有 {others}。"
