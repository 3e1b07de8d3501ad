"""Learns from stored turns: what buyers asked in vain, grouped, and how much each FAQ row is used."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.domain.decision import Reason
from app.domain.history import PastTurn
from app.domain.message import ConversationKey

Vectors = npt.NDArray[np.floating]
LEARNED_PREFIX = "学-"
"""Ids of rows that were learned begin so, by which a shop's own files tell them apart."""
_ALIKE = 0.72
"""Cosine from which two messages ask the same."""
_SHORTEST = 2  # characters; shorter messages ask nothing by themselves
_MOST_SAMPLES = 15
_UNSURE = frozenset({Reason.LOW_CONFIDENCE.value, Reason.AMBIGUOUS.value, Reason.REPEATED_MISS.value})


class MissKind(StrEnum):
    """Why a message was asked in vain."""

    UNANSWERED = "unanswered"  # the bot was unsure and asked back or called people
    ASKED_TWICE = "asked_twice"  # asked back twice in a row
    CORRECTED = "corrected"  # answered, and the very next message went to people


@dataclass(frozen=True, slots=True)
class Miss:
    """A message asked in vain."""

    turn: PastTurn
    kind: MissKind


@dataclass(frozen=True, slots=True)
class MissCluster:
    """Messages that ask the same in vain.

    Attributes:
        name: the most central of them, for people to read.
        samples: other wordings, the commonest first, without the name.
        answers: what people answered, without repeats.
    """

    name: str
    count: int
    kinds: Mapping[MissKind, int]
    samples: Sequence[str]
    answers: Sequence[str]
    intent: str
    last_at: datetime

    @property
    def row_id(self) -> str:
        """The id a row learned from it gets; the same as long as the name is."""
        return LEARNED_PREFIX + hashlib.sha256(self.name.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class RowUse:
    """How a row was used: how often it was told, how often people had to come right after, and when last."""

    entry: FaqEntry
    hits: int
    handed_off: int
    last_at: datetime | None

    @property
    def is_learned(self) -> bool:
        """Whether the row was learned from buyers' messages."""
        return self.entry.entry_id.startswith(LEARNED_PREFIX)


def find_misses(turns: Sequence[PastTurn]) -> list[Miss]:
    """The messages asked in vain, in order."""
    found = []
    for own in _split_conversations(turns).values():
        kinds = {id(turn): MissKind.UNANSWERED for turn in own if _is_unanswered(turn)}
        for turn, following in pairwise(own):
            if turn.action == following.action == "clarify":
                kinds[id(turn)] = MissKind.ASKED_TWICE
            elif turn.action == "answer" and following.action == "handoff" and turn.faq:
                kinds[id(turn)] = MissKind.CORRECTED
        found += [Miss(turn, kinds[id(turn)]) for turn in own if id(turn) in kinds and len(turn.text) >= _SHORTEST]
    return found


def _split_conversations(turns: Iterable[PastTurn]) -> Mapping[ConversationKey, list[PastTurn]]:
    found: defaultdict[ConversationKey, list[PastTurn]] = defaultdict(list)
    for turn in turns:
        found[turn.key].append(turn)
    return found


def _is_unanswered(turn: PastTurn) -> bool:
    return turn.action in ("clarify", "handoff") and turn.reason in _UNSURE


def cluster_misses(
    misses: Sequence[Miss], encode: Callable[[Sequence[str]], Vectors], *, fewest: int = 1
) -> list[MissCluster]:
    """Groups messages of one meaning, the largest groups first; `encode` gives a vector of length 1 a text."""
    if not misses:
        return []
    texts = list(dict.fromkeys(miss.turn.text for miss in misses))
    times = Counter(miss.turn.text for miss in misses)
    vectors = encode(texts)
    order = sorted(range(len(texts)), key=lambda at: -times[texts[at]])
    groups: list[list[int]] = []
    for at in order:
        near = [(float(np.mean(vectors[group] @ vectors[at])), group) for group in groups]
        best = max(near, key=lambda each: each[0], default=(0.0, []))
        if best[0] >= _ALIKE:
            best[1].append(at)
        else:
            groups.append([at])
    by_text: defaultdict[str, list[Miss]] = defaultdict(list)
    for miss in misses:
        by_text[miss.turn.text].append(miss)
    clusters = [_build_cluster([texts[at] for at in group], vectors[group], by_text) for group in groups]
    return sorted((each for each in clusters if each.count >= fewest), key=lambda each: -each.count)


def _build_cluster(texts: Sequence[str], vectors: Vectors, by_text: Mapping[str, Sequence[Miss]]) -> MissCluster:
    central = (vectors @ vectors.mean(axis=0)).argsort()[::-1]
    name = texts[int(central[0])]
    misses = [miss for text in texts for miss in by_text[text]]
    nearest = [texts[int(at)] for at in central]
    answers = dict.fromkeys(miss.turn.by_person for text in nearest for miss in by_text[text] if miss.turn.by_person)
    return MissCluster(
        name=name,
        count=len(misses),
        kinds=Counter(miss.kind for miss in misses),
        samples=[text for text in texts if text != name][:_MOST_SAMPLES],
        answers=list(answers)[:_MOST_SAMPLES],
        intent=Counter(miss.turn.intent for miss in misses).most_common(1)[0][0],
        last_at=max(miss.turn.at for miss in misses),
    )


def count_row_uses(turns: Sequence[PastTurn], entries: Sequence[FaqEntry]) -> list[RowUse]:
    """Every row with its use, the most told first; rows that nothing reached come last."""
    hits: Counter[str] = Counter()
    handed: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for own in _split_conversations(turns).values():
        for at, turn in enumerate(own):
            for entry_id in dict.fromkeys((*turn.told, *([turn.faq] if turn.faq and turn.action == "answer" else []))):
                hits[entry_id] += 1
                last[entry_id] = max(turn.at, last.get(entry_id, turn.at))
                handed[entry_id] += at + 1 < len(own) and own[at + 1].action == "handoff"
    uses = [RowUse(each, hits[each.entry_id], handed[each.entry_id], last.get(each.entry_id)) for each in entries]
    return sorted(uses, key=lambda use: -use.hits)
