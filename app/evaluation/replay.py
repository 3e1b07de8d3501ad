"""Compares what stored messages got with what other files of the shop would give them."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.history import PastTurn
from app.evaluation.html import Html, join_html, tag
from app.observability.masking import mask_text

_SHOWN = 20
_CLIPPED = 80


class ReplayChange(StrEnum):
    """What other files change for a message."""

    NEW_ANSWER = "new_answer"
    LOST_ANSWER = "lost_answer"
    NEW_HANDOFF = "new_handoff"
    OTHER_ANSWER = "other_answer"
    SAME = "same"


TITLES: Mapping[ReplayChange, str] = {
    ReplayChange.NEW_ANSWER: "新答上的",
    ReplayChange.LOST_ANSWER: "答不上了的",
    ReplayChange.NEW_HANDOFF: "新转人工的",
    ReplayChange.OTHER_ANSWER: "换了答案的",
    ReplayChange.SAME: "没有变化",
}
_HEADINGS = ("变化", "时间", "买家的话", "原来", "原来的回复", "现在", "现在的回复")
_ACTIONS = {"answer": "答", "clarify": "反问", "handoff": "转人工", "silent": "不作声"}
_ANSWER, _HANDOFF = "answer", "handoff"


@dataclass(frozen=True, slots=True)
class ReplayedTurn:
    """A stored message with what it gets now."""

    past: PastTurn
    action: str
    intent: str
    faq: str | None
    replies: Sequence[str]

    @property
    def change(self) -> ReplayChange:
        """How it differs from then."""
        before, after = self.past.action, self.action
        if before != _ANSWER and after == _ANSWER:
            return ReplayChange.NEW_ANSWER
        if before != _HANDOFF and after == _HANDOFF:
            return ReplayChange.NEW_HANDOFF
        if before == _ANSWER and after != _ANSWER:
            return ReplayChange.LOST_ANSWER
        return ReplayChange.OTHER_ANSWER if before == after == _ANSWER and self._tells_else() else ReplayChange.SAME

    def _tells_else(self) -> bool:
        """Whether another answer is told; rules of business vary their words, a row does not."""
        if (self.past.faq, self.past.intent) != (self.faq, self.intent):
            return True
        return self.faq is not None and tuple(self.past.replies) != tuple(self.replies)


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """Everything replayed, oldest first."""

    turns: Sequence[ReplayedTurn]

    def count_changes(self) -> Mapping[ReplayChange, int]:
        """How many messages change in each way."""
        found = Counter(turn.change for turn in self.turns)
        return {change: found[change] for change in ReplayChange}

    def list_changed(self, change: ReplayChange) -> list[ReplayedTurn]:
        """The messages that change in this way."""
        return [turn for turn in self.turns if turn.change is change]


def render_replay(report: ReplayReport) -> str:
    """The report for a terminal: figures, then the first messages of each kind of change."""
    counts = report.count_changes()
    lines = [f"重放了 {len(report.turns)} 条消息。", *(f"{TITLES[each]}：{counts[each]}" for each in ReplayChange)]
    for change in ReplayChange:
        changed = report.list_changed(change)
        if change is ReplayChange.SAME or not changed:
            continue
        lines.append(f"—— {TITLES[change]}")
        lines += [_text_line(turn) for turn in changed[:_SHOWN]]
        if len(changed) > _SHOWN:
            lines.append(f"  ……还有 {len(changed) - _SHOWN} 条，见 --csv 或 --html。")
    return "\n".join(lines)


def _text_line(turn: ReplayedTurn) -> str:
    _, at, said, before, _, after, reply = _table_row(turn)
    return f"  {at} “{said}” {before} → {after}：{_clip(reply)}"


def _clip(text: str) -> str:
    return text if len(text) <= _CLIPPED else text[:_CLIPPED] + "…"


def _table_row(turn: ReplayedTurn) -> tuple[str, ...]:
    past = turn.past
    return (
        TITLES[turn.change],
        f"{past.at:%Y-%m-%d %H:%M}",
        mask_text(past.text),
        _ACTIONS.get(past.action, past.action),
        mask_text(" / ".join(past.replies)),
        _ACTIONS.get(turn.action, turn.action),
        mask_text(" / ".join(turn.replies)),
    )


def _changed_first(report: ReplayReport) -> Iterator[ReplayedTurn]:
    for change in ReplayChange:
        yield from report.list_changed(change)


def replay_csv(report: ReplayReport) -> str:
    """The report as a table for Excel, changes first; personal data is masked."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    writer.writerows(map(_defuse, _table_row(turn)) for turn in _changed_first(report))
    return "\ufeff" + text.getvalue()


def _defuse(cell: str) -> str:
    """A cell that Excel does not run as a formula."""
    return f"'{cell}" if cell[:1] in "=+-@" else cell


def render_replay_page(report: ReplayReport, title: str) -> str:
    """The report as one page."""
    counts = report.count_changes()
    figures = [tag("tr", tag("th", TITLES[each]), tag("td", str(counts[each]))) for each in ReplayChange]
    head = tag("tr", *(tag("th", heading) for heading in _HEADINGS))
    rows = [tag("tr", *(tag("td", cell) for cell in _table_row(turn))) for turn in _changed_first(report)]
    body = join_html(tag("h1", title), tag("table", *figures), tag("table", head, *rows))
    style = Html(f"<style>{_STYLE}</style>")
    page = tag(
        "html", tag("head", Html('<meta charset="utf-8">'), tag("title", title), style), tag("body", body), lang="zh"
    )
    return f"<!doctype html>{page}"


_STYLE = (
    "body{font:14px/1.6 sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}th{background:#f4f4f4}"
)
