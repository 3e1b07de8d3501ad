"""What a buyer tells of goods that he has from here: which they are, and whether we said what we need. Pure."""

import json
from dataclasses import dataclass, replace

from app.domain.understanding import EntityKind, Understanding
from app.language.owning import tells_owned, turns_to_buying


@dataclass(frozen=True, slots=True)
class OwnedGoods:
    """Goods that the buyer told of as his own.

    Attributes:
        product_id: the product, where it was named. answered: whether he was told what we need to help.
    """

    product_id: str | None = None
    answered: bool = False

    def to_slot(self) -> str:
        """How a conversation remembers it."""
        return json.dumps({"product": self.product_id, "answered": self.answered})


def load_owned(value: str | None) -> OwnedGoods | None:
    """What `to_slot` made; None where the buyer told of no goods of his own."""
    if value is None:
        return None
    stored = json.loads(value)
    return OwnedGoods(stored["product"], stored["answered"])


def note_owned(before: str | None, understanding: Understanding) -> str | None:
    """The slot after this message: it opens with goods told of as one's own, and ends with a turn to buying."""
    text, known = understanding.normalised, load_owned(before)
    if tells_owned(text):
        named = [str(each.value) for each in understanding.entities if each.kind is EntityKind.PRODUCT]
        owned = known or OwnedGoods()
        return (replace(owned, product_id=named[0]) if len(set(named)) == 1 else owned).to_slot()
    return None if turns_to_buying(text) else before
