"""Measures the checker on folders of planted mistakes, on innocent answers and on answers that promise.

    python -m tests.bench.checker CASES

CASES holds mistakes/ with one shop folder a mistake, named number_kind, and innocent_answers.tsv and
promise_answers.tsv with a question and an answer a line. What has to be said of each kind is in checker_kinds.yml.
"""

import csv
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml

from app.commands.checking import check_folder
from app.domain.clock import utc_now
from app.shop.report import FolderProblem, FolderReport, Severity, format_problem

KINDS = Path(__file__).with_name("checker_kinds.yml")
_NUMBER = re.compile(r"^\d+[a-z]?_")
_ROW_ENGINE = frozenset({"near_duplicate", "never_reached"})
_TABLES = ("faq", "常见问题")


def judge_report(expected: dict[str, Any], report: FolderReport) -> str:
    """What the report lacks of what is expected; empty when it is as it should be."""
    if expected.get("fine"):
        loud = [problem for problem in report.errors if problem.rule != "under_floor"]
        return f"false alarm: {format_problem(loud[0])}" if loud else ""
    fitting = [problem for problem in report.problems if _is_about(expected, problem)]
    if not fitting:
        return "not reported"
    levelled = [problem for problem in fitting if problem.severity == Severity(expected["level"])]
    if not levelled:
        return f"told as {fitting[0].severity.value}, not {expected['level']}"
    placed = [problem for problem in levelled if problem.row is not None or not expected.get("row", True)]
    return "" if placed else "told without its row"


def _is_about(expected: dict[str, Any], problem: FolderProblem) -> bool:
    if not problem.file.lower().startswith(expected["file"]):
        return False
    if "rule" in expected and problem.rule != expected["rule"]:
        return False
    return "says" not in expected or any(str(word) in problem.message for word in expected["says"])


def measure_mistakes(folder: Path) -> Iterator[tuple[str, str]]:
    """Each case with what its report lacks."""
    kinds = yaml.safe_load(KINDS.read_text(encoding="utf-8"))
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        expected = kinds.get(_NUMBER.sub("", case.name))
        if expected is None:
            yield case.name, "no such kind in checker_kinds.yml"
            continue
        quick = expected.get("rule") not in _ROW_ENGINE
        yield case.name, judge_report(expected, check_folder(case, utc_now(), quick=quick))


def measure_answers(file: Path, base: Path) -> tuple[list[str], list[str]]:
    """The answers with an error or a warning, and those without, in a shop with the settings and goods of `base`."""
    rows = [row for row in csv.reader(file.open(encoding="utf-8"), delimiter="\t") if len(row) > 2][1:]
    with tempfile.TemporaryDirectory() as place:
        shop = Path(place) / "shop"
        shutil.copytree(base, shop, ignore=_leave_faq)
        with (shop / "faq.csv").open("w", encoding="utf-8", newline="") as table:
            csv.writer(table).writerows([("标准问题", "答案"), *((question, answer) for _, question, answer in rows)])
        report = check_folder(shop, utc_now(), quick=True)
    loud = {problem.row: problem for problem in report.problems if _is_loud(problem)}
    told = [f"{rows[at - 2][2]}  ← {loud[at].message}" for at in sorted(row for row in loud if row)]
    silent = [row[2] for number, row in enumerate(rows, start=2) if number not in loud]
    return told, silent


def _leave_faq(_folder: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith(_TABLES)]


def _is_loud(problem: FolderProblem) -> bool:
    return problem.file == "faq.csv" and problem.severity is not Severity.HINT and problem.field == "答案"


def find_bases(cases: Path) -> list[Path]:
    """Sound shops to put answers in: those of shops/ with a catalogue, and one of the mistakes that is none."""
    kinds = yaml.safe_load(KINDS.read_text(encoding="utf-8"))
    whole = [path for path in sorted((cases / "shops").glob("*")) if (path / "promotions.yml").is_file()]
    fine = [
        path
        for path in sorted((cases / "mistakes").iterdir())
        if kinds.get(_NUMBER.sub("", path.name), {}).get("fine") and (path / "faq.csv").is_file()
    ]
    return [*whole, *fine[:1]]


def print_answers(title: str, lines: Iterable[str], count: int, total: int) -> None:
    """A line for the count, and one for each answer that is not as it should be."""
    print(f"{title}: {count} of {total}")  # noqa: T201
    for line in lines:
        print(f"    {line}")  # noqa: T201


def main() -> None:
    """Print the figures; ends with 1 when a mistake is missed or an innocent answer accused."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cases = Path(sys.argv[1])
    found = list(measure_mistakes(cases / "mistakes"))
    wrong = [f"{case}: {lack}" for case, lack in found if lack]
    print_answers("mistakes as they should be", wrong, len(found) - len(wrong), len(found))
    for base in find_bases(cases):
        accused, free = measure_answers(cases / "innocent_answers.tsv", base)
        print_answers(f"innocent answers accused ({base.name})", accused, len(accused), len(accused) + len(free))
        caught, missed = measure_answers(cases / "promise_answers.tsv", base)
        print_answers(f"promises found ({base.name})", missed, len(caught), len(caught) + len(missed))


if __name__ == "__main__":
    main()
