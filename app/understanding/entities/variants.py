"""What buyers call a product's colours and sizes for short: 大的 for 大号, 8寸 for 8寸原木色, 80的 for 80cm."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.language.figures import Figure, asks_for_figure, find_figures
from app.language.models import ModelNames, find_shades, shade_number
from app.language.names import lengths_by_initial
from app.language.sizes import (
    bare_name,
    find_bare_sizes,
    find_letter_sizes,
    find_pack_signs,
    find_signs,
    find_worn_sizes,
    is_own_weight,
    leading_letter_size,
    may_name,
    size_number,
    size_range,
)

LONGEST: Final = 6
SHORTEST: Final = 2
SMALL, LARGE = "小", "大"


@dataclass(frozen=True, slots=True)
class ShortName:
    """A part of the text and the colour or size it stands for."""

    start: int
    end: int
    value: str


class ShortNames:
    """The short names of one product's attributes."""

    def __init__(self, attributes: Iterable[str], labels: Iterable[str] = ()) -> None:
        """`labels` are what the shop calls them by: the 口径 of 40口径."""
        known = "|".join(re.escape(each) for each in sorted(set(labels)) if len(each) >= SHORTEST)
        figure = r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])"
        self._labelled = (
            re.compile(rf"(?P<before>{figure})(?:{known})|(?:{known})(?P<behind>{figure})") if known else None
        )
        self._attributes = tuple(dict.fromkeys(attribute.lower() for attribute in attributes))
        self._parts = _attribute_parts(self._attributes)
        self._lengths = lengths_by_initial(self._parts)
        self._ranges = {ends: own for own in self._attributes if (ends := size_range(own))}
        self._sizes = {size: own for own in self._attributes if (size := size_number(own))}
        self._figures = _index_figures(self._attributes)
        self._units = {family for family, _ in self._figures}
        self._sizes |= _bare_figures(self._attributes)
        self._shades = {number: own for own in self._attributes if (number := shade_number(own)) is not None}
        self._letters = _index_letters(self._attributes)
        self._ends = _find_ends(self._attributes)
        self._models = ModelNames(self._attributes)

    def count_packs(self, said: str) -> int | None:
        """How many packs a weight or length comes to, where all are of one weight: 两斤 is two of 500g; else None."""
        figure = next(iter(find_figures(said.lower())), None)
        packs = {key for key in self._figures if figure and any(key[0] == family for family, _ in figure.keys)}
        if figure is None or len(packs) != 1:
            return None
        family, size = next(iter(packs))
        wanted = next(amount for own, amount in figure.keys if own == family)
        return int(wanted / size) if size and wanted % size == 0 else None

    def measures_like(self, said: str) -> bool:
        """Whether the product comes in amounts of what is said: 5斤 and 10斤 for 两斤."""
        return any(family in self._units for figure in find_figures(said.lower()) for family, _ in figure.keys)

    def find_short_names(self, text: str) -> Iterator[ShortName]:
        """Each short name in a lower-case text; the longest at each place.

        A model or an amount of which the product has others, but not this one, stands for itself.
        """
        for model in self._models.find_models(text):
            yield ShortName(model.start, model.end, model.name or text[model.start : model.end])
        yield from self._find_figures(text)
        for start, end, number in find_shades(text) if self._shades else ():
            if number in self._shades:
                yield ShortName(start, end, self._shades[number])
        for start, end in find_bare_sizes(text):
            if text[start:end] in self._sizes:
                yield ShortName(start, end, self._sizes[text[start:end]])
        yield from self._find_labelled(text)
        for start, end in find_letter_sizes(text) if self._letters else ():
            if text[start:end] in self._letters:
                yield ShortName(start, end, self._letters[text[start:end]])
        yield from self._find_ranges(text)
        yield from self._find_parts(text)
        for start, end in (*find_signs(text), *find_pack_signs(text)):
            meant = self._resolve_sign(text[start])
            if meant:
                yield ShortName(start, end, meant)

    def _find_labelled(self, text: str) -> Iterator[ShortName]:
        """A number beside what the shop calls it by: 40口径, 口径40."""
        for found in self._labelled.finditer(text) if self._labelled else ():
            own = self._sizes.get(found["before"] or found["behind"])
            if own:
                yield ShortName(*found.span(), own)

    def _find_figures(self, text: str) -> Iterator[ShortName]:
        for figure in find_figures(text) if self._figures else ():
            if is_own_weight(text, figure.end):
                continue
            meant = next((self._figures[key] for key in figure.keys if key in self._figures), None)
            foreign = meant is None and any(family in self._units for family, _ in figure.keys)
            if meant or (foreign and asks_for_figure(text, figure)):
                yield ShortName(figure.start, figure.end, meant or figure.text)

    def _find_ranges(self, text: str) -> Iterator[ShortName]:
        """A worn size inside one that covers several: 42 of 40-44码."""
        for start, end in find_worn_sizes(text) if self._ranges else ():
            worn = int(text[start:end])
            own = next((name for (low, high), name in self._ranges.items() if low <= worn <= high), None)
            if own:
                yield ShortName(start, end, own)

    def _find_parts(self, text: str) -> Iterator[ShortName]:
        at = len(text) if self._lengths.keys().isdisjoint(text) else 0
        while at < len(text):
            name = next(
                (text[at : at + n] for n in self._lengths.get(text[at], ()) if text[at : at + n] in self._parts), ""
            )
            within_number = name[:1].isdecimal() and text[at - 1 : at].isdecimal()
            if name and not within_number:
                yield ShortName(at, at + len(name), self._parts[name])
            at += len(name) or 1

    def _resolve_sign(self, sign: str) -> str | None:
        """The one attribute that begins with the character, else the one that holds it; 大 and 小 of amounts too."""
        first = [own for own in self._attributes if own.startswith(sign)]
        held = first or [own for own in self._attributes if sign in own]
        whole = [own for own in held if len(own) == SHORTEST] or held
        if not whole and self._ends is not None and sign in (SMALL, LARGE):
            return self._ends[sign == LARGE]
        return whole[0] if len(whole) == 1 else None


def _index_letters(attributes: Iterable[str]) -> Mapping[str, str]:
    """A size in letters → the one attribute that begins with it: L → L 44片."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for own in attributes:
        size = leading_letter_size(own)
        if size:
            owners[size].append(own)
    return {size: own[0] for size, own in owners.items() if len(own) == 1}


def _index_figures(attributes: Iterable[str]) -> Mapping[tuple[str, Decimal], str]:
    """Amount → the attribute that has it; its own words where several attributes have it."""
    owners: defaultdict[tuple[str, Decimal], dict[str, Figure]] = defaultdict(dict)
    for own in attributes:
        for figure in find_figures(own):
            for key in figure.keys:
                owners[key][own] = figure
    return {key: next(iter(own)) if len(own) == 1 else next(iter(own.values())).text for key, own in owners.items()}


def _find_ends(attributes: Sequence[str]) -> tuple[str, str] | None:
    """The least and the most of the one kind of amounts the product comes in; None where there are no two of it."""
    amounts: defaultdict[str, dict[Decimal, str]] = defaultdict(dict)
    for own in attributes:
        for family, amount in {key for figure in find_figures(own) for key in figure.keys}:
            amounts[family][amount] = own
    ranges = {(own[min(own)], own[max(own)]) for own in amounts.values() if len(own) > 1}
    return ranges.pop() if len(ranges) == 1 else None


def _bare_figures(attributes: Iterable[str]) -> Mapping[str, str]:
    """The number of an amount, as said without its unit, where one attribute alone has it: 1.5 of 1.5米."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for own in attributes:
        for figure in find_figures(own):
            owners[f"{figure.number.normalize():f}"].add(own)
    return {number: next(iter(own)) for number, own in owners.items() if len(own) == 1}


def _attribute_parts(attributes: Iterable[str]) -> Mapping[str, str]:
    """Beginnings and ends of attributes; one that several share stands for itself."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for own in attributes:
        for length in range(SHORTEST, min(len(own), LONGEST + 1)):
            for part in {own[:length], own[-length:], bare_name(own)[-length:]}:
                owners[part].add(own)
    named = {part: own for part, own in owners.items() if _is_short_name(part)}
    return {part: next(iter(own)) if len(own) == 1 else part for part, own in named.items()}


def _is_short_name(part: str) -> bool:
    return len(part) >= SHORTEST and may_name(part)
