"""`python -m tests.bench.understanding DATA`: how well and how fast messages are understood, with baselines beside.

DATA is a folder of labelled messages for measuring only; nothing of it is learned from or kept.
"""

import argparse
import csv
import hashlib
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from app.domain.catalogue import FaqEntry
from app.evaluation.metrics import JudgedMessage, LabelledMessage, build_report, coverage_curve, judge_message
from app.language.text import normalise
from app.understanding.cache import UnderstandingCache
from app.understanding.examples import INTENTS, read_example_lines
from app.understanding.intent.model import PACKAGED
from app.understanding.understander import ShopUnderstander, Understander
from intents._framework.registry import load_intents

TRAITS = load_intents().traits
ANSWER = 0.62
"""The answer threshold of a shop that sets none."""
COVERAGE = 0.6
"""Share of messages, the surest first, of which lenient precision is told."""
Predict = Callable[[Sequence[str]], list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Data:
    """The measuring folder."""

    folder: Path

    def rows(self, name: str) -> list[dict[str, str]]:
        """A file's rows."""
        with (self.folder / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    def labels(self, name: str) -> list[LabelledMessage]:
        """A file of messages with intents."""
        return [
            LabelledMessage(
                row["text"], frozenset(row["intent"].split("|")), frozenset((row.get("also_accept") or "").split("|"))
            )
            for row in self.rows(name)
        ]

    def half(self, *, sealed: bool) -> list[LabelledMessage]:
        """The natural messages of one half, parted once by hash: errors of the sealed half are never read."""
        return [row for row in self.labels("natural_dev.tsv") if _odd(row.text) is sealed]

    def faq(self) -> list[FaqEntry]:
        """The 63 entries, their title as one more wording."""
        entries = json.loads((self.folder / "faq_63.json").read_text(encoding="utf-8"))["entries"]
        return [FaqEntry(row["id"], row["id"], "答案", tuple(row["similar_questions"])) for row in entries]


def _odd(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path)
    asked.add_argument("--sealed", action="store_true", help="also run the sealed half")
    asked.add_argument("--quick", action="store_true", help="no baselines, no growth")
    options = asked.parse_args()
    data = Data(options.data)
    began = time.perf_counter()
    shared = Understander.load_shared(TRAITS)
    shared = replace(shared, memory=UnderstandingCache(size=0))  # nothing is measured from memory
    loaded = time.perf_counter() - began
    reader = shared.build_shop_understander([], [], version="bench")
    methods: dict[str, Predict] = {"xiaoer": lambda texts: _ours(reader, texts)}
    if not options.quick:
        methods |= baselines()
    _say("## Intents", *intent_table(data, methods, sealed=options.sealed))
    _say("## FAQ of 63 entries", *faq_table(data, shared, quick=options.quick))
    _say(f"pair AUC (5 against 2 and less): {pair_auc(data, reader):.3f}; rapidfuzz ratio {fuzzy_auc(data):.3f}")
    size = f"model file {PACKAGED.stat().st_size / 1e6:.1f} MB"
    _say("## Speed", f"load: {loaded:.2f} s (lexicon, model); {size}")
    _say(*speed_table(data, shared, quick=options.quick))


def _say(*rows: str) -> None:
    sys.stdout.write("\n".join(rows) + "\n\n")
    sys.stdout.flush()


def intent_table(data: Data, methods: dict[str, Predict], *, sealed: bool) -> Iterator[str]:
    """One line a method and set."""
    sets = {"natural, read half": data.half(sealed=False)}
    if sealed:
        sets["natural, sealed half"] = data.half(sealed=True)
    sets |= {name: data.labels(f"intents_{name}_dev.tsv") for name in ("taobao", "jd")}
    strangers = [LabelledMessage(row["text"]) for row in data.rows("out_of_scope_dev.tsv")]
    yield f"{'method':10} {'set':22} strict lenient precision@60 macroF1 ECE"
    for method, predict in methods.items():
        for name, labels in sets.items():
            yield f"{method:10} {name:22} {_quality(_predicted(labels, predict))}"
        leaks = [row for row in _predicted(strangers, predict) if TRAITS.names_business(row.intent)]
        at = {sure: sum(row.confidence >= sure for row in leaks) / len(strangers) for sure in (ANSWER, 0.8)}
        yield f"{method:10} {'out of scope':22} given business: {at[ANSWER]:.3f} (≥{ANSWER}), {at[0.8]:.3f} (≥0.8)"


def _predicted(labels: Sequence[LabelledMessage], predict: Predict) -> list[JudgedMessage]:
    found = predict([label.text for label in labels])
    return [JudgedMessage(label, intent, sure) for label, (intent, sure) in zip(labels, found, strict=True)]


def _quality(judged: Sequence[JudgedMessage]) -> str:
    report = build_report(judged)
    curve = coverage_curve([(row.confidence, row.is_tolerable) for row in judged])
    surest = next((point.precision for point in curve if point.share >= COVERAGE), 0.0)
    return (
        f"{report.intents.accuracy:.3f}  {report.lenient:.3f}   {surest:.3f}        {report.macro_f1:.3f}   "
        f"{report.intents.calibration_error:.3f}"
    )


def _ours(reader: ShopUnderstander, texts: Sequence[str]) -> list[tuple[str, float]]:
    whole = [reader.understand(text).whole for text in texts]
    return [(found.intents[0].intent, found.intents[0].confidence) for found in whole if found]


def baselines() -> dict[str, Predict]:
    """Methods trained on the same example lines: nearest by rapidfuzz, TF-IDF, and DIET where Rasa is installed."""
    examples = [
        (normalise(line.text), line.intent) for line in read_example_lines(INTENTS) if not set(line.text) & set("([{|")
    ]
    found: dict[str, Predict] = {"rapidfuzz": _fuzzy(examples), "tf-idf": _tfidf(examples)}
    diet = _diet(examples)
    return found | ({"diet": diet} if diet else {})


def _fuzzy(examples: Sequence[tuple[str, str]]) -> Predict:
    texts = [text for text, _ in examples]

    def predict(asked: Sequence[str]) -> list[tuple[str, float]]:
        likeness = cdist([normalise(text) for text in asked], texts, scorer=Indel.normalized_similarity, workers=1)
        return [(examples[row.argmax()][1], float(row.max())) for row in likeness]

    return predict


def _tfidf(examples: Sequence[tuple[str, str]]) -> Predict:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # only with baselines
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # the same
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415  # the same

    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 4)), LogisticRegression(C=10, max_iter=200))
    model.fit([text for text, _ in examples], [intent for _, intent in examples])

    def predict(asked: Sequence[str]) -> list[tuple[str, float]]:
        sure = model.predict_proba([normalise(text) for text in asked])
        return [(str(model.classes_[row.argmax()]), float(row.max())) for row in sure]

    return predict


def _diet(examples: Sequence[tuple[str, str]]) -> Predict | None:
    """Rasa's DIET in its own process, through tests/bench/understanding_diet.py; None where Rasa is not installed."""
    driver = Path(__file__).with_name("understanding_diet.py")
    python = os.environ.get("XIAOER_BENCH_RASA", sys.executable)
    if subprocess.run([python, "-I", driver, "--installed"], check=False).returncode:  # noqa: S603  # our own file
        return None

    def predict(asked: Sequence[str]) -> list[tuple[str, float]]:
        job = json.dumps({"examples": examples, "asked": list(asked)}, ensure_ascii=False)
        done = subprocess.run([python, "-I", driver], input=job, capture_output=True, text=True, check=True)  # noqa: S603  # our own file
        return [(intent, float(sure)) for intent, sure in json.loads(done.stdout.splitlines()[-1])]

    return predict


def faq_table(data: Data, shared: Understander, *, quick: bool) -> Iterator[str]:
    """Top-1 and top-3 of the queries, and calibration; and how often a question of no entry is answered."""
    entries, queries = data.faq(), data.rows("faq_63_queries_dev.tsv")
    labels = [LabelledMessage(row["text"], faq=row["entry"]) for row in queries]
    shop = shared.build_shop_understander(entries, [], version="bench")
    judged = [judge_message(label, shop.understand(label.text)) for label in labels]
    report = build_report(judged)
    leak = _left_out(shared, entries, labels)
    yield (
        f"xiaoer     top-1 {report.faq.accuracy:.3f} top-3 {report.faq_top3:.3f} "
        f"ECE {report.faq.calibration_error:.3f}; entry missing, yet answered (≥{ANSWER}): {leak:.3f}"
    )
    if not quick:
        yield from _faq_baselines(entries, labels)


def _left_out(shared: Understander, entries: Sequence[FaqEntry], labels: Sequence[LabelledMessage]) -> float:
    """Share of queries answered from the other half of the entries when their own is not there."""
    halves = [[entry for entry in entries if _odd(entry.entry_id) is half] for half in (False, True)]
    shops = {half: shared.build_shop_understander(halves[half], [], version="bench") for half in (False, True)}
    judged = [judge_message(label, shops[not _odd(label.faq)].understand(label.text)) for label in labels]
    return sum(row.faq_confidence >= ANSWER for row in judged) / len(judged)


def _faq_baselines(entries: Sequence[FaqEntry], labels: Sequence[LabelledMessage]) -> Iterator[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # only with baselines
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # the same

    wordings = [
        (normalise(text), entry.entry_id) for entry in entries for text in (entry.question, *entry.similar_questions)
    ]
    texts, owners = [text for text, _ in wordings], np.asarray([owner for _, owner in wordings])
    asked, truth = [normalise(label.text) for label in labels], np.asarray([label.faq for label in labels])
    fuzzy = cdist(asked, texts, scorer=Indel.normalized_similarity)
    yield f"rapidfuzz  top-1 {(owners[fuzzy.argmax(1)] == truth).mean():.3f}"
    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(1, 4))
    known = vectoriser.fit_transform(texts)
    nearest = (vectoriser.transform(asked) @ known.T).toarray()
    yield f"tf-idf     top-1 {(owners[nearest.argmax(1)] == truth).mean():.3f}"
    model = LogisticRegression(C=30, max_iter=300).fit(known, owners)
    yield f"tf-idf+LR  top-1 {(model.predict(vectoriser.transform(asked)) == truth).mean():.3f}"


def pair_auc(data: Data, reader: ShopUnderstander) -> float:
    """How often a pair of one question scores above a pair of two, by the FAQ's own likeness."""
    return _auc(data, lambda one, other: likeness(reader, one, other))


def likeness(reader: ShopUnderstander, one: str, other: str) -> float:
    """What the ranker looks at for two texts: n-grams, concepts, opinion of the intent model, fuzzy ratio."""
    first, second = reader.reader.analyze(normalise(one)), reader.reader.analyze(normalise(other))
    concepts, others = set(first.concepts), set(second.concepts)
    shared = len(concepts & others) / (math.sqrt(len(concepts) * len(others)) or 1)
    opinion = float(np.sqrt(first.probabilities * second.probabilities).sum())
    return Indel.normalized_similarity(first.canonical, second.canonical) + shared + opinion


def fuzzy_auc(data: Data) -> float:
    """The same by rapidfuzz alone."""
    return _auc(data, lambda one, other: Indel.normalized_similarity(normalise(one), normalise(other)))


def _auc(data: Data, score: Callable[[str, str], float]) -> float:
    rows = data.rows("pairs_dev.tsv")
    same = [score(row["a"], row["b"]) for row in rows if row["score"] == "5"]
    apart = [score(row["a"], row["b"]) for row in rows if row["score"] in ("1", "2")]
    won: npt.NDArray[np.float64] = np.subtract.outer(same, apart)
    return float((won > 0).mean() + (won == 0).mean() / 2)


def speed_table(data: Data, shared: Understander, *, quick: bool) -> Iterator[str]:
    """Time a message against shops of growing FAQ."""
    sizes = [1_000] if quick else [1_000, 10_000, 100_000]
    asked = [label.text for label in data.half(sealed=False)]
    medians: list[float] = []
    for size in sizes:
        began = time.perf_counter()
        shop = shared.build_shop_understander(list(made_up_faq(size)), [], version="bench")
        built = time.perf_counter() - began
        times = sorted(_timed(shop, text) for text in asked * 3)[: 3 * len(asked)]
        medians.append(statistics.median(times))
        slow = times[int(len(times) * 0.99)]
        yield f"{size:>7} entries: p50 {medians[-1]:.2f} ms, p99 {slow:.2f} ms; built in {built:.2f} s"
    if len(sizes) > 1:
        yield f"growth exponent {math.log(medians[-1] / medians[0]) / math.log(sizes[-1] / sizes[0]):.2f}"


def _timed(shop: ShopUnderstander, text: str) -> float:
    began = time.perf_counter_ns()
    shop.understand(text)
    return (time.perf_counter_ns() - began) / 1e6


def made_up_faq(size: int) -> Iterator[FaqEntry]:
    """As many entries as asked, of three wordings each, drawn from the project's own examples and goods."""
    from app.understanding.lexicon import Lexicon  # noqa: PLC0415  # the same
    from app.understanding.training.augment import generate_wordings  # noqa: PLC0415  # build-time code

    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")
    goods = lexicon.lists["product"]
    sources = read_example_lines(INTENTS)
    for number in range(size):
        line = sources[number % len(sources)]
        lists = dict(lexicon.lists) | {name: tuple(map(str, words)) for name, words in line.lists.items()}
        spoken = list(generate_wordings(line.text, lists, lexicon.habits))
        product = goods[number % len(goods)]
        said = [f"{product}{number // len(sources) or ''}{text}" for text in (spoken * 3)[:3]]
        yield FaqEntry(str(number), said[0], "答案", tuple(said[1:]))


if __name__ == "__main__":
    main()
