"""The forms that a table of a shop is written in; what the commands know before any of them is opened."""

from enum import StrEnum


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"
    YAML = "yml"
