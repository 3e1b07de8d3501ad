"""The made-up shops of questions.yml: rows of FAQs by trade, each with its wordings and its answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from app.understanding.lexicon import read_yaml

QUESTIONS = Path(__file__).with_name("questions.yml")


class Row(NamedTuple):
    """One row of an FAQ: its wordings, the shop's own first, and its answer."""

    wordings: tuple[str, ...]
    answer: str


Trades = Mapping[str, Sequence[Row]]


def read_trades(*, for_matcher: bool, file: Path = QUESTIONS) -> dict[str, list[Row]]:
    """The made-up rows of each trade the matcher is trained on, or of those the encoder is tuned on."""
    written = read_yaml(file)
    kept = [trade for trade in written["trades"] if (trade in written["for_the_matcher"]) is for_matcher]
    return {trade: list(map(_read_row, written["trades"][trade])) for trade in kept}


def _read_row(line: str) -> Row:
    wordings, _, answer = line.partition(" -> ")
    return Row(tuple(wordings.split("|")), answer)
