"""How very many wordings are indexed: the same numbers and rows as of few, without a pair each in memory."""

import numpy as np
import pytest

from app.domain.catalogue import FaqEntry
from app.understanding.faq import index, postings, wordings
from app.understanding.faq.guards import ContradictionGuards
from app.understanding.faq.likeness import FEATURES
from app.understanding.faq.matcher import FaqMatcher
from app.understanding.faq.postings import Postings, PostingsCollector
from app.understanding.faq.search import FaqQuestion
from app.understanding.faq.vocabulary import TermCollector, Vocabulary, hash_grams
from app.understanding.intent.features import mask_numbers
from app.understanding.understander import Understander

TEXTS = ("几天发货", "你们发什么快递", "满199减20怎么算", "几天发货", "a杯og", "", "发货发货发货")
ENTRIES = [
    FaqEntry("ship", "几天发货", "48小时内", ("多久能发货", "什么时候发货呀", "几天发货？")),
    FaqEntry("care", "茶盘怎么保养", "擦干", ("茶盘平时怎么打理",)),
    FaqEntry("size", "大号多大", "40厘米"),
    FaqEntry("not", "不退货吗", "七天内", ("可以退货吗",)),
]
ASKED = ("几天发货", "啥时候能发货", "茶盘咋打理", "退货可以吗", "大号多长", "今天星期几")


def collected(texts: tuple[str, ...], understander: Understander) -> tuple[Vocabulary, Postings]:
    readings = [understander.reader.analyze(text) for text in texts]
    gathered = PostingsCollector()
    gathered.add_wordings([mask_numbers(each.canonical) for each in readings], [each.concepts for each in readings])
    return gathered.build_postings()


def sorted_pairs(texts: tuple[str, ...], understander: Understander) -> tuple[Vocabulary, Postings]:
    gathered = TermCollector()
    for text in texts:
        gathered.add_text(understander.reader.analyze(text))
    vocabulary = gathered.build_vocabulary()
    held = gathered.concept_occurrences(vocabulary) + gathered.gram_occurrences(vocabulary, short=True)
    return vocabulary, Postings.from_occurrences(held, len(vocabulary))


def rows_of(vocabulary: Vocabulary, found: Postings, name: str) -> list[int]:
    [number] = vocabulary.term_numbers(hash_grams((name,)))
    return sorted(found.rows[found.firsts[number] : found.firsts[number] + found.counts[number]].tolist())


@pytest.mark.parametrize("batch", [2, 3, postings.GATHERED])
def test_rows_are_those_of_sorted_pairs(
    batch: int, understander: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "GATHERED", batch)

    (known, found), (all_known, expected) = collected(TEXTS, understander), sorted_pairs(TEXTS, understander)

    assert len(found.rows) == len(expected.rows)
    for gram in ("^", "发", "发货", "发货$", "杯", "og", "^a杯", "00"):
        assert rows_of(known, found, gram) == rows_of(all_known, expected, gram) != []
    for concept in known.concepts.tolist():
        rows = found.rows[found.firsts[concept] : found.firsts[concept] + found.counts[concept]]
        assert np.all(np.diff(rows) > 0)
    assert len(known.concepts) == len(all_known.concepts)


def test_two_bytes_a_pair_are_enough_for_a_batch() -> None:
    assert np.iinfo(np.uint16).max >= postings.GATHERED


def test_nothing_to_gather_is_an_empty_index(understander: Understander) -> None:
    vocabulary, found = collected((), understander)

    assert (len(vocabulary), len(found.rows)) == (0, 0)


def test_wordings_read_late_rank_as_those_kept(understander: Understander, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most to train on nothing is kept of a wording; what a question meets of it is the same."""
    reader, judge = understander.reader, understander.judge
    kept = FaqMatcher(ENTRIES, reader, judge)
    monkeypatch.setattr(index, "MOST_TRAINING_WORDINGS", 0)
    late = FaqMatcher(ENTRIES, reader, judge)
    asked = [FaqQuestion(reader.analyze(text)) for text in ASKED]

    compared = ("letters", "grams", "question covered", "wording covered", "concepts", "intent", "contradiction")
    columns = [FEATURES.index(name) for name in compared]
    for question, other in zip(kept.match_entries(asked), late.match_entries(asked), strict=True):
        ours = {entry: row[columns] for entry, row in zip(question.entries, question.features, strict=True)}
        theirs = {entry: row[columns] for entry, row in zip(other.entries, other.features, strict=True)}
        assert ours.keys() == theirs.keys()
        for entry, row in ours.items():
            # The sentence encoder has no say in late opinions: they are the linear model's alone.
            at = compared.index("intent")
            assert np.delete(theirs[entry], at) == pytest.approx(np.delete(row, at))
    [best, *_] = late.rank_entries(asked[:1])[0]
    assert (best.entry_id, best.is_verbatim) == ("ship", True)


def test_few_of_very_many_wordings_stay_read(understander: Understander, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordings, "MOST_REMEMBERED", 3)
    entries = [FaqEntry(str(number), f"第{number}种茶怎么泡", "热水") for number in range(9)]
    guards = ContradictionGuards(understander.reader.lexicon.opposed)
    table = wordings.LateWordings(entries, np.arange(9, dtype=np.int32), understander.reader, guards)

    cores = [table.read_core(row) for row in (0, 4, 8, 1, 0)]

    assert cores == ["第0种茶怎么泡", "第4种茶怎么泡", "第8种茶怎么泡", "第1种茶怎么泡", "第0种茶怎么泡"]
    assert len(table._known) <= 3
