"""Text is cut where its speaker pauses, and never inside a number."""

import pytest

from app.language.clauses import find_pauses, split_marks


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("满1,299元包邮，明天发。", ("满1,299元包邮", "明天发")),
        ("3~5天,放心", ("3~5天", "放心")),
        ("好,的~", ("好", "的")),
    ],
)
def test_a_reply_is_cut_at_its_marks(text: str, parts: tuple[str, ...]) -> None:
    assert split_marks(text) == parts


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        ("1,299卖不卖", []),
        ("1.5米的", []),
        ("有货吗,包邮吗", [","]),
        ("买2个,3天到吗", [","]),
        ("好的. 另外", [". ", ""]),
    ],
)
def test_a_buyers_text_pauses_at_marks_and_turns(text: str, pauses: list[str]) -> None:
    assert [text[start:end] for start, end in find_pauses(text)] == pauses
