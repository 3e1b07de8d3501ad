"""What stored turns teach: messages asked in vain by meaning, the use of each row, and what other files change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import openpyxl

from app.domain.catalogue import FaqEntry
from app.domain.history import PastTurn
from app.domain.message import ConversationKey, MessageContext
from app.evaluation.learned_sheet import NO_ANSWER, describe_cluster, learned_workbook, row_use_csv
from app.evaluation.learning import MissKind, cluster_misses, count_row_uses, find_misses
from app.evaluation.replay import (
    ReplayChange,
    ReplayedTurn,
    ReplayReport,
    render_replay,
    render_replay_page,
    replay_csv,
)

AT = datetime(2026, 1, 10, 4, 30, tzinfo=UTC)


def turn(text: str, action: str = "answer", *, at: int = 0, conversation: str = "c", **changes: Any) -> PastTurn:
    plain: dict[str, Any] = {"intent": "product_question", "confidence": 0.9, "faq": None, "reason": None}
    key = ConversationKey("shop", "webhook", conversation)
    return PastTurn(key, "b1", text, AT + timedelta(minutes=at), MessageContext(), action, **{**plain, **changes})


UNSURE = {"reason": "low_confidence"}


def kinds(*turns: PastTurn) -> list[tuple[str, MissKind]]:
    return [(miss.turn.text, miss.kind) for miss in find_misses(turns)]


def test_a_message_is_asked_in_vain_when_the_bot_was_unsure_asked_twice_or_was_corrected() -> None:
    assert kinds(turn("散装卖吗", "clarify", **UNSURE)) == [("散装卖吗", MissKind.UNANSWERED)]
    assert kinds(turn("要投诉", "handoff", reason="complaint")) == []
    assert kinds(turn("这个", "clarify", reason=None), turn("那个", "clarify", reason=None)) == [
        ("这个", MissKind.ASKED_TWICE)
    ]
    assert kinds(turn("能吃吗", faq="F3"), turn("转人工", "handoff", reason="asked_for_human")) == [
        ("能吃吗", MissKind.CORRECTED)
    ]


def by_first_sign(texts: Sequence[str]) -> Any:
    """Texts that begin alike mean the same."""
    signs = sorted({text[0] for text in texts})
    return np.asarray([[float(text[0] == sign) for sign in signs] for text in texts])


def test_a_page_that_a_buyer_pasted_is_one_short_line_of_the_list() -> None:
    misses = find_misses([turn("刻字吗\n" * 900, "clarify", **UNSURE), turn("刻名字" * 400, "clarify", at=1, **UNSURE)])
    (cluster,) = cluster_misses(misses, by_first_sign)

    told = describe_cluster(cluster)

    assert told.startswith("2 次  “刻")
    assert "\n" not in told
    assert len(told) < 200


def test_messages_of_one_meaning_become_one_row_with_what_people_answered() -> None:
    misses = find_misses(
        [
            turn("散装卖吗", "clarify", **UNSURE),
            turn("散的有吗", "handoff", at=1, conversation="d", by_person="亲，散装不卖的哦，打13912345678", **UNSURE),
            turn("散装卖吗", "clarify", at=2, conversation="e", **UNSURE),
            turn("哪里炒的", "clarify", at=3, conversation="f", **UNSURE),
        ]
    )

    first, second = cluster_misses(misses, by_first_sign)
    rows = list(openpyxl.load_workbook(BytesIO(learned_workbook([first, second], {}))).active.values)

    assert (first.count, second.count, second.name) == (3, 1, "哪里炒的")
    assert {first.name, *first.samples} == {"散装卖吗", "散的有吗"}
    assert rows[1][0] == first.row_id
    assert rows[1][0].startswith("学-")
    assert "散装不卖" in rows[1][3]
    assert "13912345678" not in rows[1][3]
    assert rows[2][3] == NO_ANSWER


def test_fewer_than_asked_for_are_left_out() -> None:
    misses = find_misses([turn("散装卖吗", "clarify", **UNSURE)])

    assert cluster_misses(misses, by_first_sign, fewest=2) == []
    assert cluster_misses([], by_first_sign) == []


def test_each_row_tells_how_often_it_was_used_and_dead_rows_come_last() -> None:
    entries = [
        FaqEntry("F1", "能放多久", "九个月"),
        FaqEntry("F2", "怎么存", "阴凉处"),
        FaqEntry("学-1", "散装", "不卖"),
    ]
    turns = [
        turn("能放多久", faq="F1"),
        turn("转人工", "handoff", at=1, reason="asked_for_human"),
        turn("多久过期", at=2, conversation="d", faq="F1", told=("F1",)),
        turn("散装", at=3, conversation="e", faq="学-1"),
    ]

    first, second, dead = count_row_uses(turns, entries)

    assert (first.entry.entry_id, first.hits, first.handed_off) == ("F1", 2, 1)
    assert first.last_at == AT + timedelta(minutes=2)
    assert second.is_learned
    assert (dead.entry.entry_id, dead.hits, dead.last_at) == ("F2", 0, None)
    assert "没有用到过" in row_use_csv([dead])
    assert "学来的" in row_use_csv([second])


def replayed(
    before: str, after: str, *, faq: tuple[str | None, str | None] = (None, None), reply: str = "好"
) -> ReplayedTurn:
    past = turn("=能吃吗，打13912345678", before, faq=faq[0], replies=("好",))
    return ReplayedTurn(past, after, past.intent, faq[1], (reply,))


def test_what_other_files_change_is_named() -> None:
    assert replayed("clarify", "answer").change is ReplayChange.NEW_ANSWER
    assert replayed("answer", "clarify").change is ReplayChange.LOST_ANSWER
    assert replayed("answer", "handoff").change is ReplayChange.NEW_HANDOFF
    assert replayed("answer", "answer", faq=("F1", "F2")).change is ReplayChange.OTHER_ANSWER
    assert replayed("answer", "answer", faq=("F1", "F1"), reply="不同").change is ReplayChange.OTHER_ANSWER
    assert replayed("answer", "answer", reply="换个说法").change is ReplayChange.SAME
    assert replayed("handoff", "handoff").change is ReplayChange.SAME


def test_a_replay_is_told_as_text_table_and_page_without_personal_data() -> None:
    report = ReplayReport([replayed("clarify", "answer"), replayed("answer", "answer")])

    text, table, page = render_replay(report), replay_csv(report), render_replay_page(report, "重放 <demo>")

    assert "新答上的：1" in text
    assert "没有变化：1" in text
    assert table.splitlines()[1].startswith("新答上的")
    assert "'=能吃吗" in table
    assert "重放 &lt;demo&gt;" in page
    assert not any("13912345678" in each for each in (text, table, page))
