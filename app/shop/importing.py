"""Reads the questions and answers of other programs: their sheets, and Rasa's training data."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from app.domain.catalogue import FaqEntry, MatchMode
from app.shop.faq import read_faq
from app.shop.faq_columns import COLUMNS, guess_faq_columns
from app.shop.report import FolderReport, ProblemCollector
from app.shop.sheet import Sheet, load_sheets
from app.shop.when import Calendar

_KEYWORD_MARKS = re.compile(r"[,，\s]+")
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_EXAMPLE = re.compile(r"^\s*-\s*(.+?)\s*$", re.MULTILINE)
_RASA_KEYS = frozenset({"nlu", "responses", "rules", "stories", "domain", "intents"})


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What was read: the entries, and what could not be used, in Chinese."""

    entries: tuple[FaqEntry, ...]
    report: FolderReport
    skipped: tuple[str, ...] = ()


def import_files(files: Mapping[str, bytes], now: datetime) -> ImportResult:
    """Reads tables and Rasa's YAML files together; `now` is aware."""
    problems = ProblemCollector()
    rasa = {name: content for name, content in files.items() if name.lower().endswith((".yml", ".yaml"))}
    tables = {name: content for name, content in files.items() if name not in rasa}
    entries = [entry for name, content in tables.items() for entry in _read_table(name, content, problems, now)]
    found, skipped = _read_rasa(rasa, problems)
    unique = _merge_repeats([*entries, *found])
    return ImportResult(tuple(unique), FolderReport(problems.list_problems()), tuple(skipped))


def _read_table(name: str, content: bytes, problems: ProblemCollector, now: datetime) -> Iterator[FaqEntry]:
    sheets = load_sheets(name, content, COLUMNS, problems, Calendar(now), guess_faq_columns)
    bad_before = problems.list_bad_rows()
    for sheet in sheets:
        keyed = _holds_keywords(sheet)
        for row in read_faq([sheet]):
            if (row.file, row.sheet, row.row) not in problems.list_bad_rows() - bad_before:
                yield _split_keywords(row.entry) if keyed and row.entry.match is MatchMode.SMART else row.entry


def _holds_keywords(sheet: Sheet) -> bool:
    """Whether the question's heading speaks of keywords, which other bots look for in a message."""
    at = sheet.layout.positions["question"]
    heading = sheet.headings[at] if at < len(sheet.headings) else ""
    return (
        any(word in heading for word in ("关键词", "关键字", "触发词", "keyword"))
        and "match" not in sheet.layout.positions
    )


def _split_keywords(entry: FaqEntry) -> FaqEntry:
    """The entry for its keywords, each of which may be anywhere in the message."""
    words = [word for text in (entry.question, *entry.similar_questions) for word in _KEYWORD_MARKS.split(text) if word]
    first, *others = dict.fromkeys(words)
    return replace(entry, question=first, similar_questions=tuple(others), match=MatchMode.CONTAINS)


def _merge_repeats(entries: Sequence[FaqEntry]) -> list[FaqEntry]:
    """One entry of those with the same question and answer; of two answers to one question both stay, for the check."""
    found: dict[tuple[str, str], FaqEntry] = {}
    for entry in entries:
        key = entry.question, entry.answer
        earlier = found.get(key)
        if earlier is None:
            found[key] = entry
        else:
            wordings = dict.fromkeys((*earlier.similar_questions, *entry.similar_questions))
            found[key] = replace(earlier, similar_questions=tuple(wordings))
    return list(found.values())


def _read_rasa(files: Mapping[str, bytes], problems: ProblemCollector) -> tuple[list[FaqEntry], list[str]]:
    """The intents that have both examples and an answer of fixed words."""
    examples: dict[str, list[str]] = {}
    answers: dict[str, str] = {}
    actions: dict[str, str] = {}
    for name, content in files.items():
        document = _load_rasa(name, content, problems)
        _collect_examples(document.get("nlu") or (), examples)
        _collect_answers(document.get("responses") or {}, answers)
        _collect_actions((*(document.get("rules") or ()), *(document.get("stories") or ())), actions)
    entries, skipped = [], []
    for intent, said in examples.items():
        answer = next((answers[name] for name in _answer_names(intent, actions) if name in answers), None)
        if answer and said:
            entries.append(_make_entry(intent, said, answer))
        else:
            skipped.append(f"意图 {intent}（{len(said)} 句）没有固定的回复，没有导入：请自己补上答案。")
    return entries, skipped


def _make_entry(intent: str, said: Sequence[str], answer: str) -> FaqEntry:
    question, *similar = dict.fromkeys(said)
    category = intent.partition("/")[0] if "/" in intent else ""
    return FaqEntry(f"rasa-{intent}", question, answer, tuple(similar), category=category)


def _load_rasa(name: str, content: bytes, problems: ProblemCollector) -> Mapping[str, Any]:
    try:
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        problems.add_error(name, "不是能读的 YAML，没有导入。")
        return {}
    if not isinstance(document, dict) or not _RASA_KEYS & document.keys():
        problems.add_warning(name, "里面没有 Rasa 的 nlu、responses 或 rules，没有导入。")
        return {}
    return document


def _collect_examples(items: Iterable[Any], examples: dict[str, list[str]]) -> None:
    for item in items:
        if isinstance(item, dict) and "intent" in item:
            said = _list_examples(item.get("examples"))
            examples.setdefault(str(item["intent"]), []).extend(said)


def _list_examples(written: object) -> list[str]:
    if isinstance(written, list):
        texts = [str(each.get("text", "")) if isinstance(each, dict) else str(each) for each in written]
    else:
        texts = _EXAMPLE.findall(str(written or ""))
    return [plain for text in texts if (plain := _ENTITY.sub(r"\1", text.strip().lstrip("- ")))]


def _collect_answers(responses: Mapping[str, Any], answers: dict[str, str]) -> None:
    """The first variant of each response: a shop says one thing, and the check judges that one."""
    for name, variants in responses.items():
        texts = [str(each["text"]).strip() for each in variants or () if isinstance(each, dict) and each.get("text")]
        if texts:
            answers.setdefault(str(name), texts[0])


def _collect_actions(flows: Iterable[Any], actions: dict[str, str]) -> None:
    """The response that rules and stories give right after an intent."""
    for flow in flows:
        steps = flow.get("steps") or () if isinstance(flow, dict) else ()
        for asked, told in pairwise(steps):
            if isinstance(asked, dict) and isinstance(told, dict) and "intent" in asked and "action" in told:
                actions.setdefault(str(asked["intent"]), str(told["action"]))


def _answer_names(intent: str, actions: Mapping[str, str]) -> tuple[str, ...]:
    return (actions.get(intent, ""), f"utter_{intent}")


_SOURCES = (".csv", ".xlsx", ".yml", ".yaml", ".tsv")


def read_sources(paths: Iterable[Path]) -> dict[str, bytes]:
    """The files, and those of given folders that could hold questions, by their path in the folder; raises OSError."""
    found: dict[str, bytes] = {}
    for path in paths:
        if not path.is_dir():
            found[path.name] = path.read_bytes()
            continue
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.suffix.lower() in _SOURCES:
                found[file.relative_to(path).as_posix()] = file.read_bytes()
    return found
