"""The sentence encoder at run time: Google's Universal Sentence Encoder multilingual v3, cut to our pieces and tuned.

Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval": three convolutions over 2, 3 and
5 pieces beside the pieces themselves, and their sum. The residual network that follows there is left out: without it
the tuned vectors tell intents and questions apart better, and cost a third less. Texts of a batch lie one after the
other in one matrix, so that every weight is read from memory once for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.understanding.intent.calibration import softmax
from app.understanding.sentence.memory import OUTSIDE, PieceMemory
from app.understanding.sentence.pieces import Pieces

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.signedinteger[Any]]

PACKAGED = Path(__file__).parents[1] / "model" / "sentence.npz"
FORMAT = 1
SIZE = 512
"""Numbers in a vector, and in a piece's embedding."""
BRANCH = 256
BRANCHES = ((2, 0), (3, 1), (5, 2))
"""Pieces each convolution sees, and how many of them stand before its own."""
BEFORE, AFTER = 2, 2
"""The widest of these."""
TOGETHER = 384
"""Pieces of a batch: enough to spread the reading of the weights, few enough for the processor's cache."""
EPSILON = np.float32(1e-12)
_FIRST_SHARES = tuple(accumulate((width for width, _ in BRANCHES), initial=0))
"""Where each branch's shares of a piece begin, one for each place in its window, and where the last one's end."""


class SentenceModelError(RuntimeError):
    """The packaged encoder is missing or of another format; `make train` writes it anew."""


class Encoded(NamedTuple):
    """What the encoder says of some texts, a row each: vectors of length 1, and the probability of each intent."""

    vectors: Floats
    probabilities: Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """The network's weights as they are multiplied; what is linear on both sides of a sum is folded together.

    Attributes:
        project, project_bias, project_scale, project_shift: of each piece alone, for the branches side by side.
        convolve: of each branch two layers, each with its bias.
        gather, gather_bias: from the summed, normalised columns of a text to its vector.
        judge, judge_bias: from that vector to the intents' scores, calibrated.
    """

    project: Floats
    project_bias: Floats
    project_scale: Floats
    project_shift: Floats
    convolve: tuple[tuple[tuple[Floats, Floats], tuple[Floats, Floats]], ...]
    gather: Floats
    gather_bias: Floats
    judge: Floats
    judge_bias: Floats


class SentenceEncoder:
    """Turns texts into vectors and opinions; the same text always into the same, but for rounding."""

    def __init__(
        self,
        pieces: Pieces,
        table: npt.NDArray[np.uint8],
        steps: Floats,
        weights: Weights,
        *,
        intents: Sequence[str],
        fingerprint: str,
    ) -> None:
        """`table` holds each piece's embedding in steps; `steps` how large a step is and where it begins, by row."""
        self.intents, self.fingerprint = tuple(intents), fingerprint
        """The intents it judges, in its columns' order, and of which examples it was tuned on."""
        self._pieces = pieces
        self._table, self._steps, self._weights = table, steps, weights
        self._memory = PieceMemory(len(table), SIZE + len(BRANCHES) * BRANCH, _FIRST_SHARES[-1], BRANCH)
        """What each piece seen so far becomes alone: its embedding, then its part in each branch."""

    @classmethod
    def load_encoder(cls, file: Path = PACKAGED) -> "SentenceEncoder":
        """Read the packaged encoder; raises SentenceModelError."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise SentenceModelError(f"{file.name} has another format")
                return cls._build_encoder(stored)
        except (OSError, KeyError, ValueError) as error:
            raise SentenceModelError(f"{file.name} cannot be read: {error}") from error

    @classmethod
    def _build_encoder(cls, stored: Mapping[str, npt.NDArray[Any]]) -> "SentenceEncoder":
        return cls(
            Pieces(_unpack_names(stored["pieces"]), stored["scores"].tolist()),
            stored["table"],
            stored["steps"],
            _read_weights(stored),
            intents=_unpack_names(stored["intents"]),
            fingerprint=str(stored["fingerprint"]),
        )

    def encode_texts(self, texts: Sequence[str]) -> Encoded:
        """Encode canonical texts; several together cost half of one by one."""
        done = [self._encode_batch(batch) for batch in _split_batches(list(map(self._pieces.segment_text, texts)))]
        if not done:
            return Encoded(np.zeros((0, SIZE), np.float32), np.zeros((0, len(self._weights.judge_bias)), np.float32))
        return Encoded(*map(np.concatenate, zip(*done, strict=True)))

    def _encode_batch(self, texts: Sequence[Sequence[int]]) -> Encoded:
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))
        rows = np.fromiter(chain.from_iterable(texts), np.intp, int(lengths.sum()))
        starts = lengths.cumsum() - lengths
        columns = self._convolve_pieces(rows, starts, lengths)
        _normalise_rows(columns)
        return self._sum_pieces(np.add.reduceat(columns, starts), lengths.astype(np.float32)[:, None])

    def _convolve_pieces(self, rows: Places, starts: Places, lengths: Places) -> Floats:
        """Each piece's embedding and what each branch sees around it."""
        around = _window_rows(starts, lengths, len(rows))
        columns, firsts = self._recall_pieces(rows, around)
        padded = np.zeros((len(rows) + 1, BRANCH), dtype=np.float32)  # its last row is what stands outside a text
        for branch, (width, before) in enumerate(BRANCHES):
            own = columns[:, SIZE + branch * BRANCH : SIZE + (branch + 1) * BRANCH]
            window = slice(BEFORE - before, BEFORE - before + width)
            (_, bias), (matrix, second_bias) = self._weights.convolve[branch]
            own += _rectify(firsts[branch], bias)
            padded[:-1] = own
            heard = padded.take(around[:, window], axis=0).reshape(len(rows), width * BRANCH) @ matrix
            own += _rectify(heard, second_bias)
        return columns

    def _recall_pieces(self, rows: Places, around: Places) -> tuple[Floats, list[Floats]]:
        """Copies of the pieces' columns, and what the first layer of each branch sees around each piece."""
        memory = self._memory
        with memory.lock:
            places = memory.find_places(rows)
            if places.min() < OUTSIDE:
                self._embed_new_pieces(memory.make_room(rows))
                places = memory.find_places(rows)
            shares = np.append(places, OUTSIDE).take(around) * _FIRST_SHARES[-1]
            firsts = [
                memory.shares.take(
                    shares[:, BEFORE - before : BEFORE - before + width]
                    + np.arange(*_FIRST_SHARES[branch : branch + 2]),
                    axis=0,
                ).sum(axis=1)
                for branch, (width, before) in enumerate(BRANCHES)
            ]
            return memory.columns.take(places, axis=0), firsts

    def _embed_new_pieces(self, rows: Places) -> None:
        """Work out what these pieces become alone, and their shares in the first layers."""
        weights = self._weights
        step = self._steps[rows]
        embedded: Floats = self._table[rows] * step[:, :1] + step[:, 1:]
        parts: Floats = embedded @ weights.project
        parts += weights.project_bias
        _normalise_rows(parts)
        parts *= weights.project_scale
        parts += weights.project_shift
        shares = [
            parts[:, branch * BRANCH : (branch + 1) * BRANCH] @ first[at * BRANCH : (at + 1) * BRANCH]
            for branch, ((first, _), _) in enumerate(weights.convolve)
            for at in range(BRANCHES[branch][0])
        ]
        self._memory.add_pieces(rows, np.concatenate([embedded, parts], axis=1), shares)

    def _sum_pieces(self, sums: Floats, lengths: Floats) -> Encoded:
        weights = self._weights
        vectors: Floats = sums @ weights.gather
        vectors += lengths * weights.gather_bias
        vectors /= np.sqrt(lengths)
        return Encoded(scale_to_unit(vectors), softmax(vectors @ weights.judge + weights.judge_bias))


def scale_to_unit(vectors: Floats) -> Floats:
    """Rows of length 1."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.asarray(vectors / np.maximum(lengths, EPSILON), dtype=np.float32)


def _rectify(heard: Floats, bias: Floats) -> Floats:
    """What of it is above 0 with the bias added, in place."""
    heard += bias
    return np.maximum(heard, 0, out=heard)


def _normalise_rows(rows: Floats) -> None:
    """Each row's mean becomes 0 and its variance 1, in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1])
    rows *= (1 / np.sqrt(variance + EPSILON))[:, None]


def _window_rows(starts: Places, lengths: Places, size: int) -> Places:
    """For each piece the rows from BEFORE it to AFTER it; `size` where its text has none."""
    around = np.arange(size)[:, None] + np.arange(-BEFORE, AFTER + 1)
    inside = around >= starts.repeat(lengths)[:, None]
    inside &= around < (starts + lengths).repeat(lengths)[:, None]
    return np.where(inside, around, size)


def _split_batches(texts: Sequence[list[int]]) -> Iterator[Sequence[list[int]]]:
    """The texts in their order, TOGETHER pieces at a time or one longer text."""
    start = pieces = 0
    for place, text in enumerate(texts):
        if place > start and pieces + len(text) > TOGETHER:
            yield texts[start:place]
            start, pieces = place, 0
        pieces += len(text)
    if start < len(texts):
        yield texts[start:]


def _read_weights(stored: Mapping[str, npt.NDArray[Any]]) -> Weights:
    one = {name: stored[name].astype(np.float32) for name in stored if name.startswith("w:")}
    scale, shift = one["w:ln_g"], one["w:ln_b"]
    heat = stored["temperature"].astype(np.float32)
    return Weights(
        project=_join_branches(one, "proj"),
        project_bias=_join_branches(one, "proj_b"),
        project_scale=_join_branches(one, "ln_g"),
        project_shift=_join_branches(one, "ln_b"),
        convolve=tuple(
            (
                (one[f"w:w1_{width}"], one[f"w:b1_{width}"]),
                (one[f"w:w2_{width}"], one[f"w:b2_{width}"]),
            )
            for width, _ in BRANCHES
        ),
        gather=scale[:, None] * one["w:cnn_W"],
        gather_bias=shift @ one["w:cnn_W"] + one["w:cnn_b"],
        judge=one["w:judge"] / heat,
        judge_bias=one["w:judge_b"] / heat,
    )


def _join_branches(one: Mapping[str, Floats], name: str) -> Floats:
    return np.concatenate([one[f"w:{name}{width}"] for width, _ in BRANCHES], axis=-1)


def _unpack_names(packed: npt.NDArray[Any]) -> list[str]:
    return packed.tobytes().decode("utf-8").split("\n")
