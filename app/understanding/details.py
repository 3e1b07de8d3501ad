"""Which detail of a product is most like what is asked of it, by meaning: 气泵 of 有没有打气筒."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import Product
from app.domain.understanding import DetailScore
from app.language.size_charts import is_size_chart
from app.language.text import content_letters
from app.language.wishes import split_clauses
from app.understanding.faq.search import FaqQuestion
from app.understanding.intent.features import canonicalize
from app.understanding.sentence.encoder import SentenceEncoder

Floats = npt.NDArray[np.floating[Any]]

MOST_REMEMBERED = 300
"""Products whose details are kept encoded, some 20 kB each."""
SAME_LETTER = 0.12
"""What a letter with a meaning of its own adds that both hold."""
LEAST_LIKE = 0.3


class _Written(NamedTuple):
    """The details of one product: each by several texts of it, which follow each other in `vectors`."""

    names: Sequence[str]
    letters: Sequence[set[str]]
    starts: Sequence[int]
    vectors: Floats


class DetailFinder:
    """The details of a shop's goods; a product's are encoded when something is first asked of it."""

    def __init__(self, products: Sequence[Product], encoder: SentenceEncoder) -> None:
        self._products = {each.product_id: each for each in products if each.details}
        self._encoder = encoder
        self._written: dict[str, _Written] = {}

    def find_detail(self, question: FaqQuestion) -> DetailScore | None:
        """The likest detail of the one product in question; None where several are, or none is near."""
        if len(question.products) != 1:
            return None
        product = self._products.get(next(iter(question.products)))
        reading = question.reading.nameless or question.reading
        if product is None or reading.vector is None:
            return None
        written = self._read_details(product)
        if not written.names:
            return None
        letters = content_letters(reading.canonical) - content_letters("".join((product.title, *product.keywords)))
        cosines = np.maximum.reduceat(written.vectors @ reading.vector, written.starts).tolist()
        likeness, name = max(
            (cosine + SAME_LETTER * len(letters & own), name)
            for cosine, own, name in zip(cosines, written.letters, written.names, strict=True)
        )
        return DetailScore(product.product_id, name, round(min(likeness, 1.0), 4)) if likeness >= LEAST_LIKE else None

    def _read_details(self, product: Product) -> _Written:
        known = self._written.get(product.product_id)
        if known is None:
            if len(self._written) >= MOST_REMEMBERED:
                self._written.clear()
            known = self._written[product.product_id] = self._encode_details(product)
        return known

    def _encode_details(self, product: Product) -> _Written:
        details = [(name, value) for name, value in product.details if not is_size_chart(name)]
        texts = [_list_texts(*each) for each in details]
        return _Written(
            [name for name, _ in details],
            [content_letters(f"{name}{value}") for name, value in details],
            np.cumsum([0, *map(len, texts[:-1])]).tolist(),
            self._encoder.encode_texts([canonicalize(text) for own in texts for text in own]).vectors,
        )


def _list_texts(name: str, value: str) -> list[str]:
    """The detail as a whole, its name, and its clauses with the name and without."""
    clauses = split_clauses(value)
    return list(dict.fromkeys((f"{name}{value}", name, *(f"{name}{each}" for each in clauses), *clauses)))
