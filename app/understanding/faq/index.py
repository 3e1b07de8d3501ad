"""Learns a shop's FAQ wordings: what candidates are found by, and what ranking needs of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.names import HiddenNames
from app.language.text import normalise
from app.understanding.faq.candidates import CandidateIndex
from app.understanding.faq.dense import DenseIndex
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import ContradictionGuards
from app.understanding.faq.postings import GATHERED, Postings, PostingsCollector
from app.understanding.faq.ranker import FaqRanker
from app.understanding.faq.vocabulary import TermCollector, Vocabulary
from app.understanding.faq.wordings import KeptWordings, LateWordings, WordingTable, list_wordings
from app.understanding.intent.features import canonicalize, mask_numbers
from app.understanding.reading import TextAnalysis, TextAnalyzer, TextSpan

Floats = npt.NDArray[np.float32]

MOST_TRAINING_WORDINGS = 12_000
"""Wordings up to which they get vectors and the linear model is trained; beyond, both would cost minutes."""
BATCH_SIZE = 64
COMPARED = 64
"""Entries at their beginning by which two FAQs are known for versions of one."""


@dataclass(frozen=True, slots=True)
class FaqIndex:
    """What is kept of a shop's wordings; those of one entry follow each other.

    Attributes:
        vectors: of each wording; None where there are too many, or none.
        owners: the entry each belongs to.
        ranker: None where there are too many wordings to train on, or none.
        bare: the same wordings without the names of goods; None where none names any, or there are too many.
        names: those of goods that `bare` was made without.
        named: the entries of which a wording names goods, by their numbers.
    """

    entries: Sequence[FaqEntry]
    wordings: WordingTable
    vectors: Floats | None
    owners: npt.NDArray[np.int32]
    vocabulary: Vocabulary
    candidates: CandidateIndex
    ranker: FaqRanker | None
    dense: DenseIndex
    bare: "FaqIndex | None" = None
    names: HiddenNames | None = None
    named: frozenset[int] = frozenset()

    def count_shared(self, entries: Sequence[FaqEntry]) -> int:
        """How many of the first entries ask what one of the first here asks."""
        first = entries[:COMPARED]
        return len({entry.question for entry in first} & {entry.question for entry in self.entries[:COMPARED]})


def build_faq_index(
    entries: Sequence[FaqEntry],
    reader: TextAnalyzer,
    guards: ContradictionGuards,
    encoder: Encoder | None,
    known: FaqIndex | None = None,
    names: HiddenNames | None = None,
) -> FaqIndex:
    """Learn all wordings of these entries, with the names of goods and, where they have some, without.

    Of another index, `known`, is taken over what is the same.
    """
    written = sum(1 + len(entry.similar_questions) for entry in entries)
    if written > MOST_TRAINING_WORDINGS:
        return _reuse_index(known, entries) or _index_wordings(entries, reader, guards, encoder)
    reused = _reuse_index(known, entries)
    if reused and reused.names == names:
        return reused
    index = reused or _learn_wordings(entries, reader, guards, encoder, known)
    stripped = [] if names is None else [_strip_names(entry, names) for entry in entries]
    named = frozenset(number for number, bare in enumerate(stripped) if bare is not None)
    if not named:
        return replace(index, bare=None, names=names, named=named)
    bare = [without or replace(entry, not_matching=()) for without, entry in zip(stripped, entries, strict=True)]
    before = known.bare if known else None
    learned = _reuse_index(before, bare) or _learn_wordings(bare, reader, guards, None, before, index)
    return replace(index, bare=learned, names=names, named=named)


def _reuse_index(known: FaqIndex | None, entries: Sequence[FaqEntry]) -> FaqIndex | None:
    """The known index for these entries, where they are worded the same."""
    if known is None or not _has_same_wordings(known.entries, entries):
        return None
    return replace(known, entries=entries, wordings=known.wordings.with_entries(entries))


def _strip_names(entry: FaqEntry, names: HiddenNames) -> FaqEntry | None:
    """The entry worded without the names of goods; None where it names none."""
    worded = list(map(canonicalize, list_wordings(entry)))
    question, *similar = map(names.hide, worded)
    if [question, *similar] == worded:
        return None
    return replace(entry, question=question, similar_questions=tuple(similar), not_matching=())


def _has_same_wordings(known: Sequence[FaqEntry], entries: Sequence[FaqEntry]) -> bool:
    """Whether they ask the same in the same order, whatever they answer."""
    return len(known) == len(entries) and all(
        one is other
        or (one.question, one.similar_questions, one.not_matching)
        == (other.question, other.similar_questions, other.not_matching)
        for one, other in zip(known, entries, strict=True)
    )


def _learn_wordings(
    entries: Sequence[FaqEntry],
    reader: TextAnalyzer,
    guards: ContradictionGuards,
    encoder: Encoder | None,
    *known: FaqIndex | None,
) -> FaqIndex:
    """Read every wording, and train a linear model on them; what one of `known` has read is not read again."""
    owned = list(map(list_wordings, entries))
    owners, texts = _number_owners(list(map(len, owned))), list(chain.from_iterable(owned))
    gathered = TermCollector()

    def read_wordings() -> Iterator[TextAnalysis]:
        """Each wording's reading, which is let go as soon as what is needed of it is kept."""
        for reading in _recall_or_analyze(texts, reader, known):
            gathered.add_text(reading)
            yield reading

    kept = KeptWordings(read_wordings(), guards)
    for reading in _analyze_in_batches([normalise(each) for entry in entries for each in entry.not_matching], reader):
        gathered.add_text(reading)
    vocabulary = gathered.build_vocabulary()
    short = gathered.concept_occurrences(vocabulary) + gathered.gram_occurrences(vocabulary, short=True)
    postings = Postings.from_occurrences(short.limit_rows(len(texts)), len(vocabulary))
    return FaqIndex(
        entries,
        kept,
        kept.vectors if texts else None,
        owners,
        vocabulary,
        CandidateIndex(postings, len(texts)),
        FaqRanker(gathered, vocabulary, owners) if texts else None,
        DenseIndex(encoder, texts),
    )


def _index_wordings(
    entries: Sequence[FaqEntry], reader: TextAnalyzer, guards: ContradictionGuards, encoder: Encoder | None
) -> FaqIndex:
    """Index what the wordings hold, and leave their readings until a question meets them."""
    gathered = PostingsCollector()
    counts: list[int] = []
    for start in range(0, len(entries), GATHERED):
        owned = list(map(list_wordings, entries[start : start + GATHERED]))
        counts += map(len, owned)
        heard = list(map(canonicalize, chain.from_iterable(owned)))
        gathered.add_wordings(list(map(mask_numbers, heard)), list(map(reader.lexicon.find_concepts, heard)))
    owners, (vocabulary, postings) = _number_owners(counts), gathered.build_postings()
    return FaqIndex(
        entries,
        LateWordings(entries, owners, reader, guards),
        None,
        owners,
        vocabulary,
        CandidateIndex(postings, len(owners)),
        None,
        DenseIndex(encoder, list(chain.from_iterable(map(list_wordings, entries))) if encoder else ()),
    )


def _number_owners(counts: Sequence[int]) -> npt.NDArray[np.int32]:
    """The entry of each wording, where each entry has so many."""
    return np.arange(len(counts), dtype=np.int32).repeat(counts)


def _recall_or_analyze(
    texts: Sequence[str], reader: TextAnalyzer, known: Sequence[FaqIndex | None]
) -> Iterator[TextAnalysis]:
    """The readings of these texts; the sentence encoder, which costs most, reads only those that are new."""
    tables = [each.wordings for each in known if each]
    meanings = {text: meaning for text in texts for each in tables if (meaning := each.recall_meaning(text))}
    read = _analyze_in_batches([text for text in texts if text not in meanings], reader, encode=True)
    plain = _analyze_in_batches([text for text in texts if text in meanings], reader)
    for text in texts:
        meaning = meanings.get(text)
        yield next(read) if meaning is None else replace(next(plain), **meaning._asdict())


def _analyze_in_batches(texts: Sequence[str], reader: TextAnalyzer, *, encode: bool = False) -> Iterator[TextAnalysis]:
    """Some together, which costs less than one by one."""
    for start in range(0, len(texts), BATCH_SIZE):
        batch = list(map(TextSpan.from_text, texts[start : start + BATCH_SIZE]))
        yield from reader.analyze_all(batch, encode=encode)[0]
