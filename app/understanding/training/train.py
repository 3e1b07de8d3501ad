"""Trains the packaged intent model from the example lines, at build time: `make train`."""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from app.domain.intent_traits import IntentDirectory, IntentRole
from app.language.text import normalise
from app.understanding.examples import INTENTS, ExampleLine, examples_fingerprint, read_example_lines, read_line_traits
from app.understanding.intent.calibration import choose_temperature
from app.understanding.intent.features import (
    canonicalize,
    concept_features,
    extract_ngrams,
    mask_numbers,
    shape_features,
)
from app.understanding.intent.model import FORMAT, PACKAGED
from app.understanding.lexicon import Lexicon
from app.understanding.templates import is_template
from app.understanding.training.augment import generate_wordings

Array = npt.NDArray[np.float32]
LEAST = 3
"""Lines a feature must stand in; a rarer one is chance."""
NAMED_VALUE = 0.25
"""Value of a concept or pair beside an n-gram vector of length 1."""
STRENGTH = 3.0
"""scikit-learn's C."""
LONGEST_OPENING = 8
FOLDS = 5
HEATS = tuple(0.5 + step / 20 for step in range(31))
CAUTION = 1.35
"""Real messages are harder than held-out lines of our own."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One typed wording with its features; `line` is the example line it came from."""

    intent: str
    line: int
    ngrams: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeatureVocabulary:
    """Feature → column, with the idf of the n-grams."""

    ngrams: dict[str, int]
    named: dict[str, int]
    idf: Array


def build_samples(examples: Sequence[ExampleLine], lexicon: Lexicon, traits: IntentDirectory) -> list[Sample]:
    """Every wording of every line, with its features."""
    wordings = expand_lines(examples, lexicon, traits)
    return [build_sample(text, intent, line, lexicon) for line, intent, text in wordings]


def expand_lines(
    examples: Sequence[ExampleLine], lexicon: Lexicon, traits: IntentDirectory
) -> list[tuple[int, str, str]]:
    """Every wording of every line once, with its line's number and intent; a request may follow a courtesy."""
    receipt = traits.find_holder(IntentRole.RECEIPT)
    openings = [line.text for line in examples if line.intent == receipt and _is_opening(line.text)]
    follows = replace(lexicon.habits, openings=openings)
    found: list[tuple[int, str, str]] = []
    for number, line in enumerate(examples):
        lists = dict(lexicon.lists) | {name: tuple(map(str, words)) for name, words in line.lists.items()}
        habits = follows if traits.names_business(line.intent) else lexicon.habits
        texts = dict.fromkeys(map(normalise, generate_wordings(line.text, lists, habits)))
        found += [(number, line.intent, text) for text in texts]
    return found


def _is_opening(text: str) -> bool:
    return 1 < len(text) <= LONGEST_OPENING and not is_template(text)


def build_sample(text: str, intent: str, line: int, lexicon: Lexicon) -> Sample:
    """A normalised text with its features."""
    heard = canonicalize(text)
    concepts = lexicon.find_concepts(heard)
    named = (*concept_features(concepts), *shape_features(heard, concepts))
    return Sample(intent, line, tuple(sorted(extract_ngrams(mask_numbers(heard)))), tuple(sorted(set(named))))


def select_features(found: Sequence[Sample]) -> FeatureVocabulary:
    """Features of at least LEAST lines."""
    ngrams = _frequent_names({(name, sample.line) for sample in found for name in sample.ngrams})
    named = _frequent_names({(name, sample.line) for sample in found for name in sample.named})
    documents = Counter(name for sample in found for name in sample.ngrams)
    idf = [np.log((1 + len(found)) / (1 + documents[name])) + 1 for name in ngrams]
    return FeatureVocabulary(
        {name: column for column, name in enumerate(ngrams)},
        {name: column for column, name in enumerate(named, start=len(ngrams))},
        np.asarray(idf, dtype=np.float32),
    )


def _frequent_names(seen: set[tuple[str, int]]) -> list[str]:
    counted = Counter(name for name, _ in seen)
    return sorted(name for name, count in counted.items() if count >= LEAST)


def feature_matrix(found: Sequence[Sample], known: FeatureVocabulary) -> csr_matrix:
    """Samples as rows: n-grams by idf with length 1, named features each NAMED_VALUE."""
    values: list[Array] = []
    columns: list[int] = []
    ends = [0]
    for sample in found:
        rows = [known.ngrams[name] for name in sample.ngrams if name in known.ngrams]
        idf = known.idf[rows]
        length = float(np.sqrt((idf**2).sum())) or 1.0
        named = [known.named[name] for name in sample.named if name in known.named]
        values += [idf / length, np.full(len(named), NAMED_VALUE, dtype=np.float32)]
        columns += rows + named
        ends.append(len(columns))
    shape = (len(found), len(known.ngrams) + len(known.named))
    return csr_matrix((np.concatenate(values), columns, ends), shape=shape, dtype=np.float32)


def weigh_samples(found: Sequence[Sample], shares: Mapping[str, float]) -> Array:
    """Each intent weighs as its share says, each of its wordings alike."""
    wordings_of = Counter(sample.intent for sample in found)
    weights = [shares[sample.intent] / wordings_of[sample.intent] for sample in found]
    return np.asarray(weights, dtype=np.float32) * len(found) / sum(weights)


def calibrate_model(found: Sequence[Sample], known: FeatureVocabulary, shares: Mapping[str, float]) -> float:
    """The temperature that makes the model honest about lines it was not trained on, and a little beyond."""
    held: list[Sample] = []
    scores: list[Array] = []
    for fold in range(FOLDS):
        sys.stderr.write(f"calibrating: {fold + 1} of {FOLDS}\n")
        own = [sample for sample in found if sample.line % FOLDS == fold]
        model = fit_model([sample for sample in found if sample.line % FOLDS != fold], known, shares)
        scores.append(np.asarray(model.decision_function(feature_matrix(own, known)), dtype=np.float32))
        held += own
    place = {intent: column for column, intent in enumerate(model.classes_)}
    truth = [place[sample.intent] for sample in held]
    return CAUTION * choose_temperature(np.concatenate(scores), truth, HEATS, weigh_samples(held, shares))


def fit_model(found: Sequence[Sample], known: FeatureVocabulary, shares: Mapping[str, float]) -> LogisticRegression:
    """The linear model."""
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3)
    model.fit(feature_matrix(found, known), [s.intent for s in found], sample_weight=weigh_samples(found, shares))
    return model


def save_model(model: LogisticRegression, known: FeatureVocabulary, temperature: float, of: str, file: Path) -> None:
    """Write the packaged model: n-gram rows with their idf, named rows with their value, half precision."""
    value = np.concatenate([known.idf, np.full(len(known.named), NAMED_VALUE, dtype=np.float32)])
    rows = (model.coef_.T * value[:, None]).astype(np.float32)
    scale = np.abs(rows).max() / 100
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        file,
        format=np.int64(FORMAT),
        intents=_pack_names(model.classes_),
        ngrams=_pack_names(list(known.ngrams)),
        named=_pack_names(list(known.named)),
        weights=(rows / scale).astype(np.float16),
        scale=np.float32(scale),
        idf=known.idf,
        bias=model.intercept_.astype(np.float32),
        temperature=np.float32(temperature),
        fingerprint=np.str_(of),
    )


def _pack_names(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


def main() -> None:
    """Train on every example and write the packaged model."""
    began = time.monotonic()
    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")
    found = build_samples(read_example_lines(), lexicon, read_line_traits())
    known = select_features(found)
    sys.stderr.write(f"{len(found)} wordings, {len(known.ngrams)} n-grams, {len(known.named)} named\n")
    heat = calibrate_model(found, known, lexicon.shares)
    sys.stderr.write("training on all of them\n")
    save_model(fit_model(found, known, lexicon.shares), known, heat, examples_fingerprint(), PACKAGED)
    sys.stderr.write(
        f"temperature {heat:.2f}, {PACKAGED.stat().st_size / 1e6:.1f} MB in {time.monotonic() - began:.0f} s\n"
    )


if __name__ == "__main__":
    main()
