"""Asks every row of an FAQ its own questions, and reports those that another answer takes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.commands.trial import TrialReply, TrialShop
from app.domain.catalogue import FaqEntry, MatchMode, SaleStage
from app.domain.message import MessageContext
from app.domain.understanding import FaqScore
from app.shop.faq import FaqRow
from app.shop.report import CellPlace, ProblemCollector, Severity
from app.tenants.registry import ShopReader
from app.understanding.understander import ShopUnderstander

_MOST_ASKED = 1500
"""Questions; a larger shop's rows are asked their standard question, and the last of them nothing."""
_MANY_ROWS = 300
_SAME = 0.7
"""Likelihood, each of the other's question, from which two rows are one question in two wordings."""
_CLOSE = 0.6
_SWALLOWED = 3
_MOST_PAIRS = 30
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class _RowOutcome:
    """A row whose own questions get something else, and what the standard question gets."""

    row: FaqRow
    reply: TrialReply


async def try_rows(
    trial: TrialShop, rows: Sequence[FaqRow], titles: Mapping[str, str], problems: ProblemCollector
) -> int:
    """Reports rows that none of their own questions reaches; returns how many questions were asked."""
    current = [row for row in rows if _is_in_force(row, trial)]
    by_id = {row.entry.entry_id: row for row in current}
    asked, missed = 0, []
    for row in current:
        if asked >= _MOST_ASKED:
            break
        outcome, count = await _try_row(trial, row, every=len(current) <= _MANY_ROWS)
        asked += count
        if outcome:
            missed.append(outcome)
    for outcome in missed:
        _report_missed(outcome, by_id, titles, problems)
    _report_swallowing(missed, by_id, problems)
    return asked


def _is_in_force(row: FaqRow, trial: TrialShop) -> bool:
    """Whether the row is one that buyers may hear today."""
    entry = row.entry
    today = trial.opened.shop.loaded_at
    if entry.entry_id not in trial.opened.entries or today is None:
        return False
    if entry.match is MatchMode.PATTERN or (entry.stages and SaleStage.PRESALE not in entry.stages):
        return False  # an expression is no question, and the trial's buyer has no orders
    day = today.astimezone(trial.opened.shop.settings.hours.zone).date()
    return (entry.valid_from or day) <= day <= (entry.valid_to or day)


async def _try_row(trial: TrialShop, row: FaqRow, *, every: bool) -> tuple[_RowOutcome | None, int]:
    """The outcome when nothing reaches the row, and how many questions that took."""
    entry = row.entry
    context = MessageContext(product_id=min(entry.products)) if entry.products else MessageContext()
    wordings = (entry.question, *entry.similar_questions) if every else (entry.question,)
    first: TrialReply | None = None
    for count, wording in enumerate(wordings, start=1):
        reply = await trial.ask_text(wording, context=context)
        if _tells_row(reply, entry):
            return None, count
        first = first or reply
    return (_RowOutcome(row, first) if first else None), len(wordings)


def _tells_row(reply: TrialReply, entry: FaqEntry) -> bool:
    return reply.faq == entry.entry_id and reply.action == "answer"


def _report_missed(
    outcome: _RowOutcome, by_id: Mapping[str, FaqRow], titles: Mapping[str, str], problems: ProblemCollector
) -> None:
    row, reply = outcome.row, outcome.reply
    if row.entry.confirmed:
        return
    told = f"买家问这一条自己的“{row.entry.question}”，{_describe_reply(reply, by_id, titles, row)}"
    severity = Severity.WARNING if reply.action == "answer" and reply.faq in by_id else Severity.HINT
    problems.report_problem(severity, row.locate_cell("question"), told, "never_reached")


def _describe_reply(reply: TrialReply, by_id: Mapping[str, FaqRow], titles: Mapping[str, str], row: FaqRow) -> str:
    other = by_id.get(reply.faq or "")
    title = titles.get(reply.intent, reply.intent)
    if reply.action == "answer" and other is not None:
        return (
            f"机器人答的却是{_describe_place(other, row)}“{other.entry.question}”，这一条用不到。"
            "请合并两条，或把这句写进那一条的“不匹配问法”。"
        )
    if reply.action == "answer":
        return (
            f"机器人按「{title}」的业务规则回答（“{reply.reply[:_SHOWN]}…”），这一条用不到。"
            "要说的话和业务规则一样就可以删掉；要补充就换一个问法。"
        )
    if reply.action == "handoff":
        return (
            f"机器人会转人工（{title}），这一条用不到。要由机器人答，请在 shop.yml 的 always_people.intents 里去掉它。"
        )
    return "机器人拿不准，会反问买家，这一条用不到。请补几个相似问法，或和相近的条目合并。"


def _describe_place(other: FaqRow, row: FaqRow) -> str:
    sheet = f"工作表“{other.sheet}”" if other.sheet and other.sheet != row.sheet else ""
    return f"{'' if other.file == row.file else other.file + ' '}{sheet}第 {other.row} 行"


def _report_swallowing(missed: Sequence[_RowOutcome], by_id: Mapping[str, FaqRow], problems: ProblemCollector) -> None:
    taken: defaultdict[str, list[FaqRow]] = defaultdict(list)
    for outcome in missed:
        other = outcome.reply.faq
        if other and other in by_id and other != outcome.row.entry.entry_id:
            taken[other].append(outcome.row)
    for entry_id, rows in taken.items():
        if len(rows) >= _SWALLOWED:
            named = "、".join(f"“{row.entry.question}”" for row in rows[:_SWALLOWED])
            told = (
                f"这一条把别的 {len(rows)} 条的问题都吸走了（{named}…），买家问那些会听到这一条的答案。"
                "请删掉这一条里太宽的相似问法。"
            )
            place = by_id[entry_id].locate_cell("similar_questions")
            problems.report_problem(Severity.WARNING, place, told, "swallows_others")


def compare_rows(reader: ShopReader, rows: Sequence[FaqRow], problems: ProblemCollector) -> None:
    """Reports pairs of rows that the engine itself can hardly tell apart."""
    if not isinstance(reader, ShopUnderstander):
        return
    entries = [row.entry for row in rows]
    rivals = dict(zip((entry.entry_id for entry in entries), reader.rank_rivals(entries), strict=True))
    by_id = {row.entry.entry_id: row for row in rows}
    pairs = Counter[tuple[str, str]]()
    for entry_id, scores in rivals.items():
        for score in scores[:1]:
            back = _likelihood(rivals.get(score.entry_id, ()), entry_id)
            if score.confidence >= _CLOSE and back >= _CLOSE:
                first, second = sorted((entry_id, score.entry_id), key=lambda each: list(by_id).index(each))
                pairs[first, second] = round(min(score.confidence, back) * 100)
    for (first, second), likelihood in pairs.most_common(_MOST_PAIRS):
        _report_pair(by_id[first], by_id[second], likelihood / 100, problems)


def _likelihood(scores: Sequence[FaqScore], entry_id: str) -> float:
    return next((score.confidence for score in scores if score.entry_id == entry_id), 0.0)


def _report_pair(one: FaqRow, other: FaqRow, likelihood: float, problems: ProblemCollector) -> None:
    if one.entry.confirmed or other.entry.confirmed or bool(one.entry.products) != bool(other.entry.products):
        return
    same = likelihood >= _SAME
    if same and one.entry.answer == other.entry.answer:
        return
    what = "是同一个问题的两种说法，答案却不同" if same else "很像，机器人容易答混"
    told = (
        f"“{other.entry.question}”和{_describe_place(one, other)}的“{one.entry.question}”{what}"
        f"（机器人看有 {likelihood:.0%} 是一回事）。"
        + (
            "买家换个说法就会听到另一个答案。请合并成一条，把另一句写进“相似问法”。"
            if same
            else "请各写几个不同的相似问法，或在“不匹配问法”里写上对方的问题。"
        )
    )
    place: CellPlace = other.locate_cell("question")
    rule = "near_duplicate" if same else "confusable"
    problems.report_problem(Severity.WARNING if same else Severity.HINT, place, told, rule)
