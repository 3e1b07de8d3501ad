"""Reads a shop's corrections: what buyers said, and how it should have been read."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from app.domain.catalogue import FaqEntry
from app.domain.correction import NO_ENTRY, Correction
from app.shop.faq import question_key
from app.shop.sheet import Column, Sheet, SheetRecord

COLUMNS = (
    Column("id", "编号"),
    Column("text", "买家的话", ("消息", "文本", "原话", "买家消息"), required=True),
    Column("intent", "意图", ("正确意图", "应该是")),
    Column("faq", "问题编号", ("正确问题", "标准问题", "该答哪条")),
    Column("note", "备注", ("说明",)),
)
NOTHING = frozenset({"无", "没有", "都不是", "-", "—", "none"})
"""In the column of the entry: no entry answers this."""


def read_correction_sheets(
    sheets: Iterable[Sheet], intents: Collection[str] | None, entries: Sequence[FaqEntry], risk_words: Collection[str]
) -> tuple[Correction, ...]:
    """Every correction that can be followed, those of one message once; the others are noted.

    `intents` are the known ids, with their Chinese titles where it is a mapping; None leaves them unchecked.
    """
    names = _name_intents(intents)
    known = {entry.question: entry.entry_id for entry in entries} | {
        entry.entry_id: entry.entry_id for entry in entries
    }
    found: dict[str, Correction] = {}
    for record in [record for sheet in sheets for record in sheet.iter_records()]:
        correction = _read_correction(record, names, known)
        if correction is None:
            continue
        _warn_powerless(record, correction, risk_words)
        earlier = found.setdefault(question_key(correction.text), correction)
        if earlier is not correction:
            _note_repeated(record, correction, earlier)
    return tuple(found.values())


def _name_intents(intents: Collection[str] | None) -> Mapping[str, str] | None:
    if intents is None:
        return None
    titles = {str(title): intent for intent, title in intents.items()} if isinstance(intents, Mapping) else {}
    return titles | {intent: intent for intent in intents}


def _read_correction(
    record: SheetRecord, names: Mapping[str, str] | None, entries: Mapping[str, str]
) -> Correction | None:
    text = record.require_text("text")
    intent, faq = _read_intent(record, names), _read_entry(record, entries)
    if not text or intent is None or faq is None:
        return None
    if not intent and not faq:
        record.note_error("intent", "没有写这句话该怎么读：请填“意图”，或填“问题编号”（没有一条能答就写“无”）。")
        return None
    return Correction(
        record.read_cell("id") or _derive_id(text), text, intent, faq, f"{record.place.layout.file} 第 {record.row} 行"
    )


def _read_intent(record: SheetRecord, names: Mapping[str, str] | None) -> str | None:
    """The intent's id; empty without one, None for one that nobody knows."""
    cell = record.read_cell("intent")
    if not cell or names is None:
        return cell
    if cell not in names:
        hint = record.suggest_value(cell, names)
        record.note_error("intent", f"没有意图“{cell}”。{hint or '请写意图的中文名或编号，见 intents/ 文件夹。'}")
    return names.get(cell)


def _read_entry(record: SheetRecord, entries: Mapping[str, str]) -> str | None:
    """The entry's id; empty without one, None for one that the shop does not have (any more)."""
    cell = record.read_cell("faq")
    if not cell:
        return ""
    if cell.lower() in NOTHING:
        return NO_ENTRY
    if cell not in entries:
        hint = record.suggest_value(cell, entries)
        cure = hint or "请写问答表里的“编号”或“标准问题”原文；没有一条能答就写“无”。"
        record.note_warning("faq", f"问答里没有“{cell}”，这条更正现在不起作用。{cure}")
    return entries.get(cell)


def _derive_id(text: str) -> str:
    return "c-" + hashlib.sha256(question_key(text).encode()).hexdigest()[:10]


def _warn_powerless(record: SheetRecord, correction: Correction, risk_words: Collection[str]) -> None:
    said = next((word for word in risk_words if word and word in correction.text), None)
    if said:
        record.note_warning("text", f"话里有“{said}”，按 shop.yml 一定转人工，这条更正不起作用，可以删掉。")


def _note_repeated(record: SheetRecord, correction: Correction, earlier: Correction) -> None:
    if (correction.intent, correction.faq) == (earlier.intent, earlier.faq):
        record.note_warning("text", f"和 {earlier.source} 重复，留一行就够。")
    else:
        record.note_error("text", f"和 {earlier.source} 是同一句话，却要读成两样，请只留对的那一行。")
