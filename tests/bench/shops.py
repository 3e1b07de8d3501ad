"""`python -m tests.bench.shops CASES`: what buyers are told of FAQs of other shops, through the whole path.

CASES is a folder of shops and questions for measuring only; nothing of it is learned from or kept. A row is told when
its answer stands in a reply; another row's answer there is a wrong row.
"""

import argparse
import asyncio
import csv
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import openpyxl

from app.domain.message import ConversationKey, Message, Sender
from app.main import build_components
from app.settings import Settings
from app.understanding.intent.features import canonicalize

WRAPPINGS = ("亲，{}呀", "请问{}谢谢")
WORKBOOK = "p11_rail933"
"""The name paraphrases.tsv gives the shop whose rows stand in the workbook."""
UNKNOWN = {
    "unknown_questions_snack.tsv": "overanswer_snack_6_rows",
    "unknown_questions_clothing.tsv": "mianduo_with_category_and_people",
}
NO_ROW = ("", "?none")
"""What stands beside a question that no row answers."""
_END = re.compile("[?？。.!！]+$")


class Question(NamedTuple):
    """Something asked of a shop, and the answer of the row that is meant; empty where no row answers it."""

    kind: str
    shop: str
    text: str
    answer: str


@dataclass(slots=True)
class Score:
    """How often the row was told, another row was, or neither."""

    told: int = 0
    wrong: int = 0
    asked: int = 0
    amiss: list[tuple[Question, str]] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("cases", type=Path)
    asked.add_argument("--rows", type=int, default=40, help="rows of each shop asked word for word and wrapped")
    asked.add_argument("--amiss", action="store_true", help="list what went amiss")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shops = _gather_shops(options.cases, Path(folder) / "shops")
        questions = list(_questions(options.cases, shops, options.rows))
        scores = asyncio.run(_ask_all(Path(folder), questions))
    _print_table(scores)
    if options.amiss:
        for key, score in scores.items():
            for question, reply in score.amiss:
                sys.stdout.write(f"{key}\t{question.shop}\t{question.text}\t{reply[:60]!r}\n")


def _gather_shops(cases: Path, into: Path) -> dict[str, list[dict[str, str]]]:
    """Every shop's rows; the public ones and the workbook with answers that tell nothing but their number.

    Their own answers promise what no shop.yml here allows: such shops do not open.
    """
    into.mkdir()
    public = sorted((cases / "public").iterdir())
    for folder in public:
        _write_shop(into / folder.name, _rows(folder), folder / "shop.yml")
    _write_shop(into / WORKBOOK, _workbook_rows(next(cases.glob("workbook*.xlsx"))), public[0] / "shop.yml")
    for folder in sorted((cases / "shops").iterdir()):
        shutil.copytree(folder, into / folder.name)
    return {folder.name: _rows(folder) for folder in sorted(into.iterdir())}


def _write_shop(into: Path, rows: Sequence[Mapping[str, str]], settings: Path) -> None:
    into.mkdir()
    shutil.copy(settings, into / "shop.yml")
    questions = {canonicalize(row["标准问题"]) for row in rows}
    taken: set[str] = set()
    with (into / "faq.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["标准问题", "相似问法", "答案"])
        for number, row in enumerate(rows):
            question = row["标准问题"].strip()
            if canonicalize(question) in taken:
                continue  # a shop with the same wording twice does not open
            similar = {
                canonicalize(text): text for text in re.split("[|\n]", row.get("相似问法") or "") if text.strip()
            }
            left = [text for said, text in similar.items() if said not in taken | questions]
            taken |= {canonicalize(question), *similar}
            written.writerow([question, "|".join(left), f"亲，这是第{number}号回答。"])


def _workbook_rows(file: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for sheet in openpyxl.load_workbook(file, read_only=True):
        head, *rows = ([str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True))
        found += [dict(zip(head, row, strict=False)) for row in rows]
    return [row for row in found if row.get("标准问题") and row.get("答案")]


def _rows(folder: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for file in sorted(folder.iterdir()):
        if "faq" not in file.name and "常见问题" not in file.name:
            continue
        if file.suffix == ".csv":
            found += list(csv.DictReader(_decode(file.read_bytes()).splitlines(keepends=True)))
        elif file.suffix == ".xlsx":
            found += _workbook_rows(file)
    return [row for row in found if row.get("标准问题") and row.get("答案")]


def _decode(written: bytes) -> str:
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError:
        return written.decode("gb18030")


def _questions(cases: Path, shops: Mapping[str, Sequence[Mapping[str, str]]], most: int) -> Iterator[Question]:
    for shop in sorted({folder.name for folder in (cases / "public").iterdir()} | {WORKBOOK, *_plain_shops(shops)}):
        step = max(1, len(shops[shop]) // most)
        for row in shops[shop][::step][:most]:
            question, answer = row["标准问题"], row["答案"]
            yield Question("word for word", shop, question, answer)
            for wrapping in WRAPPINGS:
                yield Question("wrapped", shop, wrapping.format(_END.sub("", question)), answer)
    for row in _table(cases / "paraphrases.tsv", ("set", "paraphrase", "expected_question")):
        answers = {each["标准问题"].strip(): each["答案"] for each in shops.get(row["set"], ())}
        if row["expected_question"].strip() in answers:
            answer = answers[row["expected_question"].strip()]
            yield Question("paraphrase", row["set"], row["paraphrase"], answer)
    for name, shop in UNKNOWN.items():
        for line in (cases / name).read_text(encoding="utf-8").splitlines():
            text, _, answered = line.partition("\t")
            if text and answered.strip() in NO_ROW:
                yield Question("unknown", shop, text, "")


def _plain_shops(shops: Iterable[str]) -> Iterator[str]:
    return (name for name in shops if name.startswith("plain_"))


def _table(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if all(row.get(column) for column in columns)]


async def _ask_all(folder: Path, questions: Sequence[Question]) -> dict[str, Score]:
    settings = Settings(state_dir=folder / "state", database_url="", shops_dir=folder / "shops")  # type: ignore[call-arg]  # the rest has defaults
    parts = await build_components(settings)
    scores: defaultdict[str, Score] = defaultdict(Score)
    try:
        for question in questions:
            reply, answers = await _ask(parts, question), _answers_of(parts, question.shop)
            for key in (question.kind, f"{question.kind} {question.shop}"):
                _add(scores[key], question, reply, answers)
    finally:
        await parts.close()
    return dict(scores)


async def _ask(parts: Any, question: Question) -> str:
    if question.shop not in parts.shops.shop_ids:
        return ""
    now = datetime.now(UTC)
    key = ConversationKey(question.shop, "bench", uuid4().hex)
    body = await parts.responder.respond(Message(uuid4().hex, key, Sender(uuid4().hex), question.text, now, now))
    return "".join(reply["text"] for reply in body["replies"])


def _answers_of(parts: Any, shop: str) -> list[str]:
    """The answers of all rows as the service reads them, whatever files they stand in."""
    opened = parts.shops.find_shop(shop)
    return [_flat(entry.answer) for entry in opened.entries.values()] if opened else []


def _add(score: Score, question: Question, reply: str, answers: Sequence[str]) -> None:
    score.asked += 1
    said = _flat(reply)
    told = bool(question.answer) and _flat(question.answer) in said
    wrong = not told and any(answer in said for answer in answers)
    score.told += told
    score.wrong += wrong
    if wrong or not told:
        score.amiss.append((question, reply))


def _flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _print_table(scores: Mapping[str, Score]) -> None:
    sys.stdout.write(f"{'asked':50} {'n':>5}  told  wrong row\n")
    order = Counter({key: -len(key.split()) for key in scores})
    for key in sorted(scores, key=lambda each: (each.partition(" p")[0], -order[each], each)):
        score = scores[key]
        sys.stdout.write(f"{key:50} {score.asked:>5}  {score.told / score.asked:.3f} {score.wrong / score.asked:.3f}\n")


if __name__ == "__main__":
    main()
