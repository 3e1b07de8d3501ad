"""Trains the FAQ match model on made-up shops: `python -m app.understanding.training.matches`. Build time only.

Each shop is drawn from the rows of questions.yml: of one trade or several, large or small, a wording a row or more.
Asked are wordings its rows do not have, questions of rows it does not have, of other trades, and what buyers say
besides; the model learns which row is meant, if any.
"""

import random
import sys
import time
from collections.abc import Iterator, Sequence
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from app.domain.catalogue import FaqEntry
from app.language.text import normalise
from app.understanding.examples import INTENTS, read_example_lines, read_line_traits
from app.understanding.faq.judge import PACKAGED, MatchModel
from app.understanding.faq.likeness import FEATURES, NEED_VECTORS, UNORDERED, Floats
from app.understanding.faq.matcher import FaqMatcher
from app.understanding.faq.search import EntryMatches, FaqQuestion
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.sentence.encoder import SentenceEncoder
from app.understanding.templates import is_template
from app.understanding.training.augment import Habits, vary_text
from app.understanding.training.rows import CachingAnalyzer, Row, Trades, read_trades

SHOPS, ASKED = 2000, 10
SEED = 11
FEWEST, LARGEST = 3, 80
"""Rows of a shop that are asked about."""
CROWDED = 0.1
"""Share of shops that have all rows the encoder knows beside them."""
ENTRIES = 12
"""Entries kept of a question."""
HIDDEN = 16
EPOCHS = 60
BATCH = 128
RATE = 5e-3
DECAY = 1e-2
SHARPNESS = 1.9
"""How much surer it may be than on the made-up rows, which lie nearer to each other than a real shop's: by trial."""
BLIND = 0.15
"""Share of questions the model learns to judge without vectors."""

ANSWERED, MISSING, FOREIGN = 0.55, 0.25, 0.1
"""Shares of questions that a row answers, whose row the shop lacks, and of other trades; the rest are remarks."""
NEAR = 0.15
"""Share of questions of which the shop has the very wording, which is then typed a little differently."""
VARIED = 0.3
ALIKE = 0.7
"""Share of rows with as many wordings as the shop's others."""
UNTRAINED = MatchModel(np.zeros(len(FEATURES)), np.zeros((len(FEATURES), 1)), np.zeros(1), np.zeros(1), 0.0)


class Example(NamedTuple):
    """A question's entries, and the place of the one that is meant; -1 where none is."""

    features: Floats
    meant: int


class ShopMaker:
    """Draws shops and questions to them."""

    def __init__(self, trades: Trades, others: Trades, reader: CachingAnalyzer, habits: Habits) -> None:
        """`trades` have the rows, `others` further questions that no row answers."""
        self._trades, self._others, self._reader, self._habits = trades, others, reader, habits
        self._chance = random.Random(SEED)  # noqa: S311  # training data, not secrets
        lines = read_example_lines(INTENTS)
        self._remarks = [
            line.text for line in lines if not reader.traits.names_business(line.intent) and not is_template(line.text)
        ]

    def draw_examples(self) -> Iterator[Example]:
        """Those of one shop."""
        chance = self._chance
        names = chance.sample(sorted(self._trades), chance.choice((1, 1, 2, 3, 6)))
        rows = [row for name in names for row in self._trades[name]]
        size = min(len(rows), round(exp(chance.uniform(log(FEWEST), log(LARGEST)))))
        own = chance.sample(rows, size)
        beside = [row for found in self._others.values() for row in found] if chance.random() < CROWDED else []
        most = chance.choice((1, 1, 2, 3, 4))
        questions = [self._draw_question(own, rows, names) for _ in range(ASKED)]
        spare = {text for text, _, near in questions if not near}
        shop = [self._draw_entry(number, row, spare, most) for number, row in enumerate([*own, *beside])]
        matcher = FaqMatcher(shop, self._reader, UNTRAINED)
        for text, meant, held in questions:
            asked = vary_text(text, self._habits, chance) if held or chance.random() < VARIED else text
            reading = self._reader.analyze(normalise(asked))
            near = matcher.match_entries([FaqQuestion(reading)])[0]
            if meant < 0 or meant in near.entries:
                yield self._as_example(near, meant)

    def _draw_question(self, own: Sequence[Row], rows: Sequence[Row], names: Sequence[str]) -> tuple[str, int, bool]:
        """A question, the row that answers it or -1, and whether the shop has its very wording."""
        chance = self._chance
        kind = chance.random()
        left = [row for row in rows if row not in own]
        if kind < ANSWERED or (kind < ANSWERED + MISSING and not left):
            meant = chance.randrange(len(own))
            return chance.choice(own[meant]), meant, kind < NEAR
        if kind < ANSWERED + MISSING:
            return chance.choice(chance.choice(left)), -1, False
        if kind < ANSWERED + MISSING + FOREIGN:
            others = {**self._others, **{name: each for name, each in self._trades.items() if name not in names}}
            return chance.choice(chance.choice(others[chance.choice(sorted(others))])), -1, False
        return chance.choice(self._remarks), -1, False

    def _draw_entry(self, number: int, row: Row, spare: set[str], most: int) -> FaqEntry:
        chance = self._chance
        left = [text for text in row if text not in spare] or [row[0]]
        asked = most if chance.random() < ALIKE else chance.choice((1, 2, 3, 4))
        question, *similar = chance.sample(left, min(len(left), asked))
        return FaqEntry(str(number), question, "", tuple(similar))

    def _as_example(self, near: EntryMatches, meant: int) -> Example:
        place = near.entries.index(meant) if meant in near.entries else -1
        features = near.features
        if len(features) > ENTRIES:
            order = (-features[:, FEATURES.index("cosine")] - features[:, FEATURES.index("letters")]).argsort()[
                :ENTRIES
            ]
            if place >= 0 and place not in order:
                order[-1] = place
            features, place = features[order], int(np.flatnonzero(order == place)[0]) if place >= 0 else -1
        return Example(features, place)


def fit_model(examples: Sequence[Example]) -> dict[str, Any]:
    """The network under which what is meant is likeliest, none among it, by AdamW."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    features = np.zeros((len(examples), ENTRIES, len(FEATURES)), dtype=np.float32)
    there = np.zeros((len(examples), ENTRIES), dtype=bool)
    meant = np.full(len(examples), ENTRIES)
    for number, (rows, place) in enumerate(examples):
        features[number, : len(rows)], there[number, : len(rows)] = rows, True
        meant[number] = place if place >= 0 else ENTRIES
    known = features[there]
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    deviation[deviation == 0] = 1  # all of these questions had vectors
    blind = np.random.default_rng(SEED).random(len(examples)) < BLIND
    features[blind] = _without_vectors(features[blind], mean)
    data = torch.tensor((features - mean) / deviation), torch.tensor(there), torch.tensor(meant)
    weights = _train(*data)
    return {"mean": mean, "deviation": deviation} | {name: each.detach().numpy() for name, each in weights.items()}


def _without_vectors(features: npt.NDArray[np.float32], mean: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    blinded = features.copy()
    missing = [FEATURES.index(name) for name in NEED_VECTORS]
    blinded[..., missing] = mean[missing]
    blinded[..., FEATURES.index("without vectors")] = 1
    return blinded


def _train(features: Any, there: Any, meant: Any) -> dict[str, Any]:
    """With weights that never make what is more alike less likely."""
    layers = torch.nn.Linear(len(FEATURES), HIDDEN), torch.nn.Linear(HIDDEN, 1)
    with torch.no_grad():
        layers[0].weight.abs_()
        layers[1].weight.abs_()
    rising = torch.tensor([name not in UNORDERED for name in FEATURES])
    found = [each for layer in layers for each in layer.parameters()]
    optimiser = torch.optim.AdamW(found, lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(meant) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(meant)).split(BATCH):
            bent = layers[0](features[rows])
            bent = torch.cat([bent[..., : HIDDEN // 2].clamp(min=0), bent[..., HIDDEN // 2 :].clamp(max=0)], dim=-1)
            scores = layers[1](bent)[..., 0].masked_fill(~there[rows], -1e9)
            scores = torch.cat([scores, torch.zeros(len(rows), 1)], dim=1)
            loss = torch.nn.functional.cross_entropy(scores, meant[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                layers[0].weight[:, rising] = layers[0].weight[:, rising].clamp(min=0)
                layers[1].weight.clamp_(min=0)
    with torch.no_grad():
        bent = layers[0](features)
        bent = torch.cat([bent[..., : HIDDEN // 2].clamp(min=0), bent[..., HIDDEN // 2 :].clamp(max=0)], dim=-1)
        scores = torch.cat([layers[1](bent)[..., 0].masked_fill(~there, -1e9), torch.zeros(len(meant), 1)], dim=1)
        loss = torch.nn.functional.cross_entropy(scores, meant)
    sys.stderr.write(f"surprise at the end {loss.item():.3f}\n")
    return {
        "hidden": layers[0].weight.T,
        "hidden_bias": layers[0].bias,
        "output": layers[1].weight[0] * SHARPNESS,
        "output_bias": layers[1].bias[0] * SHARPNESS,
    }


def main() -> None:
    """Draw the shops, train, and write the packaged model."""
    began = time.monotonic()
    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")
    reader = CachingAnalyzer(lexicon, IntentModel.load_model(), SentenceEncoder.load_encoder(), read_line_traits())
    own, others = read_trades(for_matcher=True), read_trades(for_matcher=False)
    maker = ShopMaker(own, others, reader, lexicon.habits)
    examples = [example for _ in range(SHOPS) for example in maker.draw_examples()]
    examples = [example for example in examples if len(example.features)]
    sys.stderr.write(f"{len(examples)} questions in {time.monotonic() - began:.0f} s\n")
    np.savez_compressed(PACKAGED, features=np.asarray(FEATURES), **fit_model(examples))
    sys.stderr.write(f"{PACKAGED.name} in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
