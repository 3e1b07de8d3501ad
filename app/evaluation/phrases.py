"""Chinese words shared by tables, page and commands, and cleaning of text for display."""

import unicodedata

from app.evaluation.outcomes import MessageOutcome

RELIABLE_FROM = 200
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"  # joins the parts of one emoji
ZONE_TITLES = {
    MessageOutcome.ANSWER: "直接答复",
    MessageOutcome.CHOICES: "给选项反问",
    MessageOutcome.ASK: "请买家说清楚",
    MessageOutcome.PEOPLE: "按规定转人工",
}


def format_percent(share: float) -> str:
    """Formats 0.934 as 93.4%."""
    return f"{share:.1%}"


def printable_text(text: str) -> str:
    """The text as one line without control characters, which would break a terminal or a page."""
    return "".join(
        each if each == _JOINER or unicodedata.category(each) not in _UNPRINTABLE_CATEGORIES else " " for each in text
    )


def few_rows_warning(rows: int) -> str:
    """A warning when there are too few rows to trust; else ""."""
    if rows >= RELIABLE_FROM:
        return ""
    return f"只有 {rows} 条标注，少于 {RELIABLE_FROM} 条，数字只能当参考：差几条就会差好几个百分点。"
