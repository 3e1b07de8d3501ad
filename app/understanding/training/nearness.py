"""Learns when an answer tells what is asked: `python -m app.understanding.training.nearness`. Build time only.

Shops are drawn from the rows of questions.yml that have an answer in answers.yml, of trades that the sentence encoder
never saw. Asked are wordings their rows do not have, questions of rows they lack, of other trades, and what buyers say
besides. The weights are those under which the row that is meant is likeliest, none among them; measured on shops of
other trades, what they make of it is as likely as they say.
"""

import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.text import normalise
from app.understanding.examples import INTENTS, read_example_lines, read_line_traits
from app.understanding.faq.judge import MatchModel
from app.understanding.faq.likeness import Floats
from app.understanding.faq.matcher import MOST_READ_ENTRIES, FaqMatcher
from app.understanding.faq.nearness import COLUMNS, PACKAGED
from app.understanding.faq.search import FaqQuestion
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon, read_yaml
from app.understanding.sentence.encoder import SentenceEncoder
from app.understanding.templates import is_template
from app.understanding.training.rows import CachingAnalyzer, Row, Trades, read_trades

ANSWERS = Path(__file__).with_name("answers.yml")
SHOPS, ASKED = 400, 12
SEED = 5
FEWEST, LARGEST = 6, 60
ANSWERED, MISSING, FOREIGN = 0.6, 0.25, 0.1
"""Shares of questions that a row answers, whose row the shop lacks, and of other trades; the rest are remarks."""
TRIED = 3
"""Questions of rows that a shop lacks of which the nearest is asked: what is asked in vain is of the same goods."""
UNSURE = 0.58
"""Learnt from are the questions of which no row is surer by its wordings."""
STEPS, RATE = 400, 0.03
FIRST_DECAY, SECOND_DECAY, TINY = 0.9, 0.99, 1e-8
"""Of Adam."""

ODDS, CLAUSE = COLUMNS.index("odds"), COLUMNS.index("clause")
_UNSURE_ODDS = log(UNSURE / (1 - UNSURE))

Answers = Mapping[Row, str]


class Asked(NamedTuple):
    """A question, or several of which that is asked that is most like an answer; the row that answers it, or -1."""

    texts: tuple[str, ...]
    meant: int


class Example(NamedTuple):
    """The entries read for a question, a row of COLUMNS each, and the place of the one that is meant; -1 for none."""

    columns: Floats
    meant: int


def read_answers(trades: Trades, file: Path = ANSWERS) -> dict[Row, str]:
    """The answers of the rows that have one."""
    written = {trade: dict(row.split(" -> ", 1) for row in rows) for trade, rows in read_yaml(file).items()}
    return {
        row: written[trade][row[0]] for trade in trades for row in trades[trade] if row[0] in written.get(trade, {})
    }


class AnsweringShops:
    """Draws shops whose rows have answers, and questions to them."""

    def __init__(self, trades: Trades, answers: Answers, others: Trades, reader: CachingAnalyzer) -> None:
        """`trades` have the rows, `others` further questions that no row answers."""
        self._answers, self._others, self._reader = answers, others, reader
        self._trades = {name: [row for row in rows if row in answers] for name, rows in trades.items()}
        self._chance = random.Random(SEED)  # noqa: S311  # training data, not secrets
        self._judge = MatchModel.load_model()
        lines = read_example_lines(INTENTS)
        self._remarks = [
            line.text for line in lines if not reader.traits.names_business(line.intent) and not is_template(line.text)
        ]

    def draw_examples(self) -> Iterator[Example]:
        """Those of one shop."""
        chance = self._chance
        names = chance.sample(sorted(self._trades), chance.choice((1, 1, 2, 2, 3, 4, 6)))
        rows = [row for name in names for row in self._trades[name]]
        own = chance.sample(rows, min(len(rows), round(exp(chance.uniform(log(FEWEST), log(LARGEST))))))
        wordings = chance.choice((1, 1, 1, 2, 3))
        asked = [self._draw_question(own, [row for row in rows if row not in own]) for _ in range(ASKED)]
        spare = {text for question in asked for text in question.texts}
        shop = [self._write_entry(number, row, spare, wordings) for number, row in enumerate(own)]
        matcher = FaqMatcher(shop, self._reader, self._judge)
        for texts, meant in asked:
            if meant >= 0 and texts[0] == shop[meant].question:
                continue
            read = [matcher.describe_nearness(FaqQuestion(self._reader.analyze(normalise(text)))) for text in texts]
            entries, columns = max(read, key=lambda each: each[1][:, CLAUSE].max(initial=-1.0))
            if entries and columns[:, ODDS].max() < _UNSURE_ODDS:
                yield Example(columns, entries.index(meant) if meant in entries else -1)

    def _draw_question(self, own: Sequence[Row], left: Sequence[Row]) -> Asked:
        chance = self._chance
        kind = chance.random()
        if kind < ANSWERED or (kind < ANSWERED + MISSING and not left):
            meant = chance.randrange(len(own))
            return Asked((chance.choice(own[meant]),), meant)
        if kind < ANSWERED + MISSING:
            return Asked(tuple(chance.choice(chance.choice(left)) for _ in range(TRIED)), -1)
        if kind < ANSWERED + MISSING + FOREIGN:
            return Asked((chance.choice(chance.choice(self._others[chance.choice(sorted(self._others))])),), -1)
        return Asked((chance.choice(self._remarks),), -1)

    def _write_entry(self, number: int, row: Row, spare: set[str], wordings: int) -> FaqEntry:
        left = [text for text in row if text not in spare] or [row[0]]
        question, *similar = self._chance.sample(left, min(len(left), wordings))
        return FaqEntry(str(number), question, self._answers[row], tuple(similar))


def fit_weights(examples: Sequence[Example]) -> npt.NDArray[np.float64]:
    """The weights under which what is meant is likeliest, by Adam on columns brought to mean 0 and deviation 1."""
    columns = np.zeros((len(examples), MOST_READ_ENTRIES, len(COLUMNS)))
    there = np.zeros((len(examples), MOST_READ_ENTRIES), dtype=bool)
    meant = np.zeros((len(examples), MOST_READ_ENTRIES))
    for number, (rows, place) in enumerate(examples):
        columns[number, : len(rows)], there[number, : len(rows)] = rows, True
        if place >= 0:
            meant[number, place] = 1
    mean, deviation = columns[there].mean(axis=0), columns[there].std(axis=0)
    mean[-1], deviation[-1] = 0, 1
    scaled = np.where(there[..., None], (columns - mean) / deviation, 0)
    weights, first, second = np.zeros((3, len(COLUMNS)))
    for step in range(1, STEPS + 1):
        scores = np.where(there, scaled @ weights, -np.inf)
        highest = scores.max(axis=1, keepdims=True).clip(min=0)
        raised = np.exp(scores - highest)
        shares = raised / (raised.sum(axis=1, keepdims=True) + np.exp(-highest))
        slope = np.einsum("ij,ijk->k", shares - meant, scaled) / len(examples)
        first = FIRST_DECAY * first + (1 - FIRST_DECAY) * slope
        second = SECOND_DECAY * second + (1 - SECOND_DECAY) * slope**2
        raised_second = np.sqrt(second / (1 - SECOND_DECAY**step)) + TINY
        weights = weights - RATE * first / (1 - FIRST_DECAY**step) / raised_second
    fitted: npt.NDArray[np.float64] = weights / deviation
    fitted[-1] -= mean @ fitted
    return fitted


def main() -> None:
    """Draw the shops, learn, and write the packaged weights."""
    began = time.monotonic()
    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")
    reader = CachingAnalyzer(lexicon, IntentModel.load_model(), SentenceEncoder.load_encoder(), read_line_traits())
    trades, others = read_trades(for_matcher=True), read_trades(for_matcher=False)
    shops = AnsweringShops(trades, read_answers(trades), others, reader)
    examples = [example for _ in range(SHOPS) for example in shops.draw_examples()]
    weights = fit_weights(examples)
    np.savez_compressed(PACKAGED, columns=np.asarray(COLUMNS), weights=weights)
    told = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(COLUMNS, weights.tolist(), strict=True))
    sys.stderr.write(f"{told}\n{PACKAGED.name} of {len(examples)} questions in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
