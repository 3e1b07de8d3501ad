"""What a shop's answers forbid or bound, found by who asks whether something may be done.

Rows are ranked by their questions. A limit often stands in the answer of a row that asks another thing: 别放暖气旁边 in
that of how long it blooms. So each caution is held against a yes-or-no question by itself: by its meaning, and by the
rare letters that both hold.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import FaqScore
from app.language.cautions import asks_permission, asks_to_leave_out, find_cautions, list_clauses
from app.language.places import find_places, lies_in
from app.language.text import content_letters
from app.language.users import find_users
from app.understanding.faq.scope import EntryScopes
from app.understanding.faq.search import FaqQuestion
from app.understanding.intent.features import canonicalize
from app.understanding.sentence.encoder import SentenceEncoder

Floats = npt.NDArray[np.floating[Any]]

MOST_COMPARED = 64
"""Cautions compared with one question, those first that share most with it."""
MOST_REMEMBERED = 2_000
"""Vectors that are kept, 2 kB each."""
RARE_LETTER = 0.12
"""What a letter adds that stands in no other row; one that stands in all adds nothing."""
SAME_USER = 0.15
"""What it adds that both are about the same kind of user."""
SAME_PLACE = 0.45
"""The same of a place that lies in the one that is named: 哈尔滨 in 黑龙江."""
SHORTEST_NAME = 2
MOST_BY_MEANING = 0.54
"""The likeness, at most, of a caution that shares nothing with the question but its meaning."""
LEAST_LIKE = 0.3
"""Likeness below which a caution is not given at all."""


@dataclass(frozen=True, slots=True)
class _Caution:
    """A part of an answer: its row's number, its words, their letters, and the kinds of users and the places it names.

    What is no `rule` by its words concerns only who wants to leave out what it says.
    """

    entry: int
    text: str
    letters: frozenset[str]
    users: frozenset[str]
    places: tuple[str, ...] = ()
    is_rule: bool = True


class LimitFinder:
    """The cautions of one shop's answers; each is encoded when a question first comes near it."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        encoder: SentenceEncoder,
        scopes: EntryScopes,
        products: Iterable[Product] = (),
    ) -> None:
        """`scopes` tells which goods a row speaks for where the shop did not say."""
        self._entries, self._encoder, self._scopes = entries, encoder, scopes
        self._names = {each.product_id: (each.title, *each.keywords) for each in products}
        self._cautions = [each for number, entry in enumerate(entries) for each in _list_cautions(number, entry)]
        held: defaultdict[str, int] = defaultdict(int)
        for entry in entries:
            for letter in content_letters(f"{entry.question}{entry.answer}"):
                held[letter] += 1
        self._rarity = {letter: 1 - log(count) / log(len(entries) + 1) for letter, count in held.items()}
        self._by_letter: defaultdict[str, list[int]] = defaultdict(list)
        for place, caution in enumerate(self._cautions):
            for letter in caution.letters:
                self._by_letter[letter].append(place)
        self._of_products: defaultdict[str, list[int]] = defaultdict(list)
        for place, caution in enumerate(self._cautions):
            for product in entries[caution.entry].products:
                self._of_products[product].append(place)
        self._vectors: dict[int, Floats] = {}

    def find_limit(self, question: FaqQuestion) -> FaqScore | None:
        """The row whose caution is most like the question, its confidence the likeness; None where none is near.

        Only of who asks whether something may be done.
        """
        reading = question.reading
        if reading.vector is None or not self._cautions or not asks_permission(reading.text):
            return None
        letters = content_letters(reading.text) - self._letters_of_goods(question)
        users = find_users(reading.text)
        shared = self._share_letters(letters, users, question)
        if not shared:
            return None
        places = sorted(shared, key=lambda place: -shared[place])[:MOST_COMPARED]
        cosines = self._encode(places) @ reading.vector
        likeness, best = max(
            (float(cosine) + shared[place], place) for cosine, place in zip(cosines, places, strict=True)
        )
        if likeness < LEAST_LIKE:
            return None
        entry = self._entries[self._cautions[best].entry]
        likeness = min(likeness, 1.0 if shared[best] else MOST_BY_MEANING)
        return FaqScore(entry.entry_id, entry.question, round(likeness, 4), bool(entry.category))

    def _letters_of_goods(self, question: FaqQuestion) -> set[str]:
        """Letters that the goods in question are called by, and so say nothing of the case."""
        known = (name for product in question.products for name in self._names.get(product, ()))
        nameless = question.reading.nameless
        named = content_letters(question.reading.canonical) - content_letters(nameless.canonical) if nameless else set()
        return named.union(*map(content_letters, known))

    def _share_letters(self, letters: set[str], users: frozenset[str], question: FaqQuestion) -> dict[int, float]:
        """What each caution that speaks for the question shares with it; nothing is enough of the goods in question."""
        shared = {place: 0.0 for product in question.products for place in self._of_products.get(product, ())}
        for letter in letters:
            for place in self._by_letter.get(letter, ()):
                shared[place] = shared.get(place, 0.0) + RARE_LETTER * self._rarity[letter]
        leaves_out = asks_to_leave_out(question.reading.text)
        around = _list_places(question.reading.text)
        for place in list(shared):
            caution = self._cautions[place]
            if (
                not (caution.is_rule or leaves_out)
                or (users and caution.users and users.isdisjoint(caution.users))
                or (around and caution.places and not _lies_around(around, caution.places))
                or not self._speaks_for(caution, question)
            ):
                del shared[place]
            elif around and caution.places:
                shared[place] += SAME_PLACE
            elif users & caution.users:
                shared[place] += SAME_USER
        return shared

    def _speaks_for(self, caution: _Caution, question: FaqQuestion) -> bool:
        """Whether its row is in force for the goods in question, or names them beside its own."""
        entry = self._entries[caution.entry]
        if not self._scopes.speaks_for(entry, question.products, question.reading.canonical):
            return False
        if entry.is_in_force(question.today, question.products or entry.products):
            return True
        if not entry.is_in_force(question.today, entry.products):
            return False
        names = (name for product in question.products for name in self._names.get(product, ()))
        return any(len(name) >= SHORTEST_NAME and name in caution.text for name in names)

    def _encode(self, places: Sequence[int]) -> Floats:
        new = [place for place in places if place not in self._vectors]
        if new:
            if len(self._vectors) > MOST_REMEMBERED:
                self._vectors.clear()
                new = list(places)
            vectors = self._encoder.encode_texts([self._cautions[place].text for place in new]).vectors
            self._vectors.update(zip(new, vectors, strict=True))
        return np.stack([self._vectors[place] for place in places])


def _lies_around(asked: Iterable[str], named: Collection[str]) -> bool:
    return any(lies_in(own, other) for own in asked for other in named)


def _list_places(text: str) -> tuple[str, ...]:
    return tuple(each.name for each in find_places(text))


def _list_cautions(number: int, entry: FaqEntry) -> Iterator[_Caution]:
    """The rules in an answer, then all that somebody might want to leave out."""
    rules = dict.fromkeys(find_cautions(entry.answer))
    for text in (*rules, *(each for each in list_clauses(entry.answer) if each not in rules)):
        yield _Caution(
            number,
            canonicalize(text),
            frozenset(content_letters(text)),
            find_users(text),
            _list_places(text),
            is_rule=text in rules,
        )
