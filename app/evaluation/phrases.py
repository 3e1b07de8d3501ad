"""Chinese words shared by the table, the page and the commands, and text made fit to show."""

import unicodedata

from app.evaluation.outcomes import Zone

FEW = 200
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"  # holds one emoji of several together
ZONE_TITLES = {
    Zone.ANSWER: "直接答复",
    Zone.CHOICES: "给选项反问",
    Zone.ASK: "请买家说清楚",
    Zone.PEOPLE: "按规定转人工",
}


def percent(share: float) -> str:
    """93.4%."""
    return f"{share:.1%}"


def printable(text: str) -> str:
    """One line without control characters, which would move a terminal's cursor or break a page."""
    return "".join(each if each == _JOINER or unicodedata.category(each) not in _UNFIT else " " for each in text)


def few(rows: int) -> str:
    """A warning when the rows are too few to trust; else nothing."""
    if rows >= FEW:
        return ""
    return f"只有 {rows} 条标注，少于 {FEW} 条，数字只能当参考：差几条就会差好几个百分点。"
