"""Writes a report for programs: plain JSON, and SARIF 2.1.0, which editors and code hosts show at the line.

SARIF: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from collections.abc import Mapping
from typing import Any

from openpyxl.utils import column_index_from_string

from app import __version__
from app.shop.report import FolderProblem, FolderReport, Severity, format_place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
_UNNAMED = "form"
"""The rule of what is wrong with a file's form, which has no check of its own."""


def report_document(report: FolderReport) -> dict[str, Any]:
    """The report as JSON; `row` and `column` are null where a problem is of the whole file."""
    return {
        "valid": report.is_valid,
        "opens": report.can_open(strict=False),
        "counts": dict(report.counts),
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "hints": len(report.hints),
        "problems": [_problem_document(problem) for problem in report.problems],
    }


def _problem_document(problem: FolderProblem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "rule": problem.rule or _UNNAMED,
        "file": problem.file,
        "sheet": problem.sheet or None,
        "row": problem.row,
        "column": problem.column or None,
        "field": problem.field or None,
        "message": problem.message,
    }


def sarif_document(report: FolderReport) -> dict[str, Any]:
    """The report as one SARIF run; artifacts are named relative to the shop's folder."""
    rules = sorted({problem.rule or _UNNAMED for problem in report.problems})
    driver = {"name": "xiaoer", "version": __version__, "rules": [{"id": rule} for rule in rules]}
    results = [_sarif_result(problem) for problem in report.problems]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _sarif_result(problem: FolderProblem) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": problem.file}}
    region = _sarif_region(problem)
    if region:
        physical["region"] = region
    logical = {"fullyQualifiedName": format_place(problem)}
    return {
        "ruleId": problem.rule or _UNNAMED,
        "level": _LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
    }


def _sarif_region(problem: FolderProblem) -> Mapping[str, int]:
    """The row as a line, and the column's number."""
    if problem.row is None:
        return {}
    column = {"startColumn": column_index_from_string(problem.column)} if problem.column else {}
    return {"startLine": problem.row, **column}
