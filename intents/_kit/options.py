"""What the variants' own names tell of the goods: their colours by number, how many a pack holds, how heavy it is."""

from collections.abc import Mapping, Sequence

from app.domain.catalogue import Product, Sku
from app.language.figures import find_asked_families, find_figures
from intents._kit.details import find_words_for
from intents._kit.wording import join_names, variant_name


def find_asked_options(skus: Sequence[Sku], text: str) -> Mapping[str, str]:
    """By the name the shop gave them, the values of the variants still open that a question asks for; often none.

    A value that hangs on another choice is told with it: NB60片、S56片.
    """
    lowered = text.lower()
    families = find_asked_families(lowered)
    return {
        label: told
        for label in dict.fromkeys(label for sku in skus for label in sku.labels if label)
        if (any(word in text for word in (label, *find_words_for(label))) or _holds_amount(skus, label, families))
        if (told := _join_values(skus, label))
    }


def _holds_amount(skus: Sequence[Sku], label: str, families: frozenset[str]) -> bool:
    values = [value for sku in skus for own, value in zip(sku.labels, sku.attributes, strict=False) if own == label]
    return bool(families and values) and all(families & _families_in(value) for value in values)


def _families_in(value: str) -> frozenset[str]:
    return frozenset(family for figure in find_figures(value.lower()) for family, _ in figure.keys)


def _join_values(skus: Sequence[Sku], label: str) -> str:
    """The values of one label, each once; with the rest of the variant where that changes, too."""
    rows = [dict(zip(sku.labels, sku.attributes, strict=False)) for sku in skus]
    own = list(dict.fromkeys(row[label] for row in rows if label in row))
    rest = {tuple(value for name, value in row.items() if name != label) for row in rows}
    hangs = len(own) > 1 and len(rest) > 1 and len({*map(tuple, (row.values() for row in rows))}) == len(rest)
    return join_names([sku for sku in skus if variant_name(sku)]) if hangs else "、".join(own)


def is_told_in_title(product: Product, text: str) -> bool:
    """Whether the title tells the amount that a question asks for."""
    families = find_asked_families(text.lower())
    return any(families & {family for family, _ in figure.keys} for figure in find_figures(product.title.lower()))
