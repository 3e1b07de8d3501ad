"""Trains the packaged reader of dialogue acts from intents/_acts/*.yml, at build time: `make train`."""

import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from app.domain.acts import Act
from app.language.acts import FORMAT, LONGEST_GRAM, LONGEST_WORD, PACKAGED, features, hear
from app.language.text import normalise
from app.understanding.examples import INTENTS, read_example_lines, read_line_traits
from app.understanding.lexicon import read_yaml
from app.understanding.templates import is_template

Floats = npt.NDArray[np.float32]

ACTS = INTENTS / "_acts"
GRAM_VALUE, WORD_VALUE = 0.3, 1.0
"""Values of an n-gram and of a key word; clauses are short, so that nothing is divided by their length."""
STRENGTH = 4.0
"""scikit-learn's C."""
LEAST = 2
"""Lines an n-gram must stand in."""
JOINED = 900
"""Wordings made of two lines without a mark between: 好的谢谢."""
BUSY = frozenset({Act.ASK, Act.TELL, Act.COMPLAIN, Act.CLAIM, Act.CANCEL, Act.CORRECT})
"""What a line of plain business may do all the same."""
ASKING = ("吗", "么", "?", "？")
_FIRST = (Act.AFFIRM, Act.REFUSE, Act.THANK, Act.GREET, Act.TELL)
_SECOND = (Act.THANK, Act.CLOSE, Act.ASK, Act.WAIT, Act.DEFER, Act.TELL)
_SHORT = 8
_PARTICLES = ("啊", "呀", "哦", "哈", "亲", "呢", "吧", "啦")


@dataclass(frozen=True, slots=True)
class ActFile:
    """One act as its file holds it.

    Attributes:
        ignores: acts whose lines may or may not do this one, too. words: by place (whole, start, end, any).
        examples: text → what else it does.
    """

    act: Act
    ignores: frozenset[Act]
    words: Mapping[str, Sequence[str]]
    signs: Sequence[str]
    examples: Mapping[str, frozenset[Act]]
    counter_examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class ActSample:
    """A wording with what it does; of the acts in `open` nothing is known."""

    text: str
    acts: frozenset[Act]
    open: frozenset[Act] = frozenset()
    weight: float = 1.0


def read_act_files(folder: Path = ACTS) -> list[ActFile]:
    """Every act's file, by name; raises KeyError or ValueError where one is malformed."""
    return [_parse_act_file(read_yaml(file)) for file in sorted(folder.glob("*.yml"))]


def _parse_act_file(written: Mapping[str, Any]) -> ActFile:
    rows = [row if isinstance(row, dict) else {"text": row} for row in written["examples"]]
    return ActFile(
        act=Act(str(written["id"])),
        ignores=frozenset(Act(str(name)) for name in written.get("ignores", ())),
        words={place: [str(word) for word in words] for place, words in written["words"].items()},
        signs=[str(sign) for sign in written.get("signs", ())],
        examples={str(row["text"]): frozenset(map(Act, row.get("also", ()))) for row in rows},
        counter_examples=[str(text) for text in written["counter_examples"]],
    )


def acts_fingerprint(folder: Path = ACTS) -> str:
    """Changes when any act's file does."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.yml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def collect_lines(files: Sequence[ActFile]) -> list[ActSample]:
    """Every line once, with all it does; a counter-example is open to all acts but its own."""
    acts: dict[str, set[Act]] = {}
    opened: dict[str, set[Act]] = {}
    never: dict[str, set[Act]] = {}
    for file in files:
        for text, also in file.examples.items():
            acts.setdefault(text, set()).update({file.act}, also)
    for file in files:
        for text, done in acts.items():
            if file.act not in done and done & file.ignores:
                opened.setdefault(text, set()).add(file.act)
        for text in file.counter_examples:
            never.setdefault(text, set()).add(file.act)
    found = [ActSample(text, frozenset(done), frozenset(opened.get(text, ()))) for text, done in acts.items()]
    others = [
        ActSample(text, frozenset(), frozenset(Act) - not_these)
        for text, not_these in never.items()
        if text not in acts
    ]
    return found + others


def vary_lines(lines: Sequence[ActSample]) -> list[ActSample]:
    """The lines, each with a particle after it, and pairs of short ones without a mark between; always the same."""
    chance = random.Random(7)  # noqa: S311  # training data, not secrets
    plain = [line for line in lines if line.acts]
    more = [
        ActSample(line.text + chance.choice(_PARTICLES), line.acts, line.open | {Act.ASK}, 0.4)
        for line in plain
        if not line.text.endswith(("?", "？"))
    ]
    first = [line for line in plain if len(line.text) <= _SHORT and line.acts <= set(_FIRST)]
    second = [line for line in plain if len(line.text) <= _SHORT and line.acts <= set(_SECOND)]
    for _ in range(JOINED if first and second else 0):
        one, other = chance.choice(first), chance.choice(second)
        mark = chance.choice(("", "", "，"))
        more.append(ActSample(one.text + mark + other.text, one.acts | other.acts, one.open | other.open, 0.4))
    return [*lines, *more]


def background_lines() -> list[ActSample]:
    """Lines of business, that do nothing but ask and tell; what ends as a question is one."""
    plain = {intent for intent, own in read_line_traits().items() if own.plain_business}
    lines = [line.text for line in read_example_lines() if line.intent in plain and not is_template(line.text)]
    return [
        ActSample(text, frozenset({Act.ASK}) if text.endswith(ASKING) else frozenset(), BUSY, 0.3)
        for text in dict.fromkeys(lines)
    ]


def train_reader(lines: Sequence[ActSample], files: Sequence[ActFile], fingerprint: str = "") -> dict[str, Any]:
    """The packaged arrays, trained on these lines."""
    found = [*vary_lines(lines), *background_lines()]
    heard = [features(hear(normalise(sample.text))) for sample in found]
    grams = _frequent_grams(heard)
    words = _place_words(files)
    names = sorted(set(grams) | set(words))
    columns = {name: column for column, name in enumerate(names)}
    kinds = sorted({kind for own in words.values() for kind in own})
    places = {kind: len(names) + number for number, kind in enumerate(kinds)}
    matrix = _build_matrix(heard, grams, columns, words, places)
    weights = np.zeros((len(names), len(Act)), dtype=np.float32)
    bias = np.zeros(len(Act), dtype=np.float32)
    for number, act in enumerate(Act):
        coefficients, bias[number] = _fit_act(act, found, matrix)
        for name, column in columns.items():
            weights[column, number] = coefficients[column] * GRAM_VALUE + sum(
                coefficients[places[kind]] * WORD_VALUE for kind in words.get(name, ())
            )
    scale = float(np.abs(weights).max()) / 100
    return {
        "format": np.asarray(FORMAT),
        "acts": np.asarray(" ".join(Act)),
        "names": np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
        "weights": (weights / scale).astype(np.float16),
        "scale": np.asarray(scale, dtype=np.float32),
        "bias": bias,
        "signs": np.asarray(json.dumps({sign: file.act for file in files for sign in file.signs}, ensure_ascii=False)),
        "fingerprint": np.asarray(fingerprint),
    }


def _frequent_grams(heard: Iterable[Collection[str]]) -> set[str]:
    counted = Counter(gram for own in heard for gram in own if len(gram) <= LONGEST_GRAM)
    return {gram for gram, count in counted.items() if count >= LEAST and gram not in "^$"}


def _place_words(files: Sequence[ActFile]) -> dict[str, set[str]]:
    """Key word with its marks of start and end → the kinds it belongs to, an act and a place each."""
    marks = {"whole": "^{}$", "start": "^{}", "end": "{}$", "any": "{}"}
    found: dict[str, set[str]] = {}
    for file in files:
        for place, words in file.words.items():
            for word in words:
                placed = marks[place.removeprefix("hint_")].format(hear(normalise(word)) or word)
                if len(placed) <= LONGEST_WORD:
                    found.setdefault(placed, set()).add(f"{file.act}/{place}")
    return found


def _build_matrix(
    heard: Sequence[Collection[str]],
    grams: Collection[str],
    columns: Mapping[str, int],
    words: Mapping[str, Collection[str]],
    places: Mapping[str, int],
) -> csr_matrix:
    values: list[float] = []
    indices: list[int] = []
    ends = [0]
    for own in heard:
        spoken = Counter(places[kind] for gram in own for kind in words.get(gram, ()))
        rows = [columns[gram] for gram in own if gram in grams]
        indices += [*rows, *spoken]
        values += [GRAM_VALUE] * len(rows) + [WORD_VALUE * count for count in spoken.values()]
        ends.append(len(indices))
    return csr_matrix((values, indices, ends), shape=(len(heard), len(columns) + len(places)), dtype=np.float32)


def _fit_act(act: Act, found: Sequence[ActSample], matrix: csr_matrix) -> tuple[Floats, float]:
    known = [number for number, sample in enumerate(found) if act in sample.acts or act not in sample.open]
    truth = np.asarray([act in found[number].acts for number in known])
    weights = np.asarray([found[number].weight for number in known]) * np.where(truth, 3.0, 1.0)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300)
    model.fit(matrix[known], truth, sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def main() -> None:
    """Train on every line and write the packaged reader."""
    began = time.monotonic()
    files = read_act_files()
    lines = collect_lines(files)
    packaged: dict[str, Any] = train_reader(lines, files, acts_fingerprint())
    np.savez_compressed(PACKAGED, **packaged)
    sys.stderr.write(f"{len(lines)} lines of {len(files)} acts in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
