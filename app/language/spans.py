"""Measures that fall into written spans: a girth (胸围43 in M胸围42到56厘米), people (两口人 in 3升1到3人)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.language.numbers import NUMBER, read_number

GIRTHS = "胸围|腰围|颈围|脖围|臀围|头围|腕围|脚长|背长"
_TO = r"\s*(?:cm|厘米|公分)?\s*(?:-|~|—|到|至)\s*"
_GIRTH = re.compile(rf"(?P<of>{GIRTHS})[^\d,，。]{{0,3}}?(?P<number>\d{{2,3}}(?:\.\d)?)(?![\d.])")
_PEOPLE = re.compile(
    rf"(?P<number>{NUMBER})\s*(?:个大?人|口人|口(?=吃|用|之家|$|[,，。?？!！~\s])|人)(?!份|气|民|员|工|像|台|位|理|回)"
)
_HANDLE = re.compile(
    r"\s*(?:自己|单独|就|也|可不可以|能不能|可以|能|会|好不好|好)*(?:搭|安装|组装|装(?![得下])|搬|抬|支|收|弄|操作|拆|拼|折|拎|扛|推|带|管)"
)
"""After people who do something to goods, instead of using them."""
_SPAN = re.compile(
    rf"(?P<low>\d{{1,3}}(?:\.\d)?){_TO}(?P<high>\d{{1,3}}(?:\.\d)?)\s*(?P<unit>cm|厘米|公分|个?人|口)", re.IGNORECASE
)
_PARTS = re.compile("[，,、；;|]")
_FILLER = re.compile(rf"(?:{GIRTHS}|适合|适用|可|约|大概|码|[:：\s])+$")
_RANGE_OF_PEOPLE = re.compile(rf"(?<![前满限每\d])(?:{NUMBER}{_TO})?{_PEOPLE.pattern}(?!\s*(?:成?团|拼|起拼|以上))")
OF_PEOPLE = "人"
"""Fewer of them than are written are served as well."""


@dataclass(frozen=True, slots=True)
class Told:
    """A measure that a message tells: `text` as it is said back, what it is `of` (胸围, 人), and how much."""

    text: str
    of: str
    number: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """A written span, ends included; `name` is what it is written beside: M, 3升, or nothing."""

    name: str
    low: Decimal
    high: Decimal


def find_told_measure(text: str) -> Told | None:
    """The girth or the number of people that a message tells; None where it tells neither."""
    girth = _GIRTH.search(text.lower())
    if girth:
        return Told(f"{girth['of']}{girth['number']}厘米", girth["of"], Decimal(girth["number"]))
    people = _PEOPLE.search(text)
    people = None if people and _HANDLE.match(text, people.end()) else people
    number = read_number(people["number"]) if people else None
    return Told(people[0], OF_PEOPLE, number) if people and number else None


@dataclass(frozen=True, slots=True)
class PeopleSpan:
    """A number of people at its place in a text."""

    start: int
    end: int


def find_people(text: str) -> tuple[PeopleSpan, ...]:
    """Every number of people that a text names: 3个人, 1到3人."""
    return tuple(PeopleSpan(*found.span()) for found in _RANGE_OF_PEOPLE.finditer(text))


def read_spans(name: str, value: str, of: str) -> tuple[Span, ...]:
    """The spans that a detail writes of this measure, in order; empty where it writes none of it."""
    return tuple(_find_spans(name, value, of))


def find_girth(details: Iterable[tuple[str, str]]) -> str | None:
    """The girth that spans are written of, 胸围; None where none is."""
    girths = GIRTHS.split("|")
    return next((of for name, value in details for of in girths if len(read_spans(name, value, of)) > 1), None)


def _find_spans(name: str, value: str, of: str) -> Iterator[Span]:
    for part in _PARTS.split(value):
        found = _SPAN.search(part)
        if found is None:
            continue
        people = found["unit"].lower() not in {"cm", "厘米", "公分"}
        if people if of == OF_PEOPLE else (not people and of in f"{name}{part}"):
            yield Span(_FILLER.sub("", part[: found.start()]), Decimal(found["low"]), Decimal(found["high"]))
