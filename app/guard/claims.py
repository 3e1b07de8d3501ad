"""Reads a Chinese sentence for everything in it that could bind a shop.

Amounts, rates, dates, durations, counts, coupons, gifts, amends, and any word of when a parcel arrives.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from app.guard import phrases
from app.guard.phrases import PHRASES, AmountRole
from app.language.clauses import split_marks
from app.language.codes import find_codes
from app.language.dates import DateKind, DateSpan, Said, find_dates, names_festival
from app.language.measures import find_ordinals, find_quantities
from app.language.numbers import blank_figures, find_money, find_numbers, find_shares, normalise_width
from app.language.spans import find_people
from app.language.units import MeasureKind


class ClaimKind(StrEnum):
    """What a stretch of text claims."""

    AMOUNT = "amount"  # 元
    RATE = "rate"  # share still paid, or the share taken off
    DATE = "date"
    TIME = "time"
    DURATION = "duration"  # hours
    COUNT = "count"  # pieces
    NUMBER = "number"  # a number that says nothing of what it counts
    COUPON = "coupon"
    GIFT = "gift"
    OTHER_GIFT = "other_gift"  # a gift the shop does not have
    FREE_SHIPPING = "free_shipping"
    ALWAYS_FREE = "always_free"  # free shipping without a condition
    FREE_EVERYWHERE = "free_everywhere"  # to the far places too
    FREE_CARRIER = "free_carrier"  # by a dear courier
    AT_ONCE = "at_once"  # leaves the same day, whenever it is paid
    LASTING_CARE = "lasting_care"
    AMENDS = "amends"
    STACKS = "stacks"  # promotions that go together
    RECORDED = "recorded"  # something was noted down for people
    IN_TIME = "in_time"  # a payment comes before the cut-off
    ARRIVAL = "arrival"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Claim:
    """`value` as the words `text` give it, in the clause they stand in; None where it cannot be computed."""

    kind: ClaimKind
    value: Decimal | date | time | None
    text: str
    clause: str
    role: AmountRole = AmountRole.PLAIN


_PLEDGES = {
    "coupon": ClaimKind.COUPON,
    "gift": ClaimKind.GIFT,
    "free_shipping": ClaimKind.FREE_SHIPPING,
    "amends": ClaimKind.AMENDS,
    "stacks": ClaimKind.STACKS,
    "recorded": ClaimKind.RECORDED,
    "in_time": ClaimKind.IN_TIME,
}
_ANY_DAY = date(2026, 1, 1)
_HOUR = 3600
_QUANTITY_CLAIMS = {
    MeasureKind.COUNT: ClaimKind.COUNT,
    MeasureKind.TIME: ClaimKind.DURATION,
    MeasureKind.MONEY: ClaimKind.AMOUNT,
}
_BREATH = 10  # characters; longer clauses say something of their own
# A shop says the same sentences all day; about 2 MB when full.
_TEXTS_KEPT = 1024
_CLAUSES_KEPT = 4096


def blank_names(text: str, names: Iterable[str]) -> str:
    """The text with names (titles, order numbers) blanked out, longest first: their digits promise nothing."""
    for name in sorted({normalise_width(name) for name in names if len(name) > 1}, key=len, reverse=True):
        text = blank_figures(text, name) if name.isdecimal() else text.replace(name, " ")
    return PHRASES.blank_out("masked", text)


def read_claims(text: str, today: date, names: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Every claim in the text, clause by clause; `names` are left out of the reading."""
    return _read_text_claims(text, today, frozenset(names))


@lru_cache(maxsize=_TEXTS_KEPT)
def _read_text_claims(text: str, today: date, names: frozenset[str]) -> tuple[Claim, ...]:
    found: list[Claim] = []
    before: str | None = None
    for clause in split_marks(blank_names(normalise_width(text), names)):
        found.extend(_collect_clause_claims(clause, before, today))
        before = clause
    return tuple(found)


@lru_cache(maxsize=_CLAUSES_KEPT)
def _collect_clause_claims(clause: str, before: str | None, today: date) -> tuple[Claim, ...]:
    """A clause's claims; the clause before it may hold a condition or a time."""
    read = _read_clause(clause, today)
    earlier = None if before is None else _read_clause(before, today)
    arrival = (Claim(ClaimKind.ARRIVAL, None, clause, clause),) if read.promises_arrival(earlier) else ()
    return (*read.claims, *read.find_pledges(before or ""), *arrival)


@lru_cache(maxsize=_CLAUSES_KEPT)
def _read_clause(clause: str, today: date) -> "_Clause":
    reader = _ClaimReader(clause, today)
    claims = reader.read_numeric_claims()
    for name in PHRASES.find_names(_PLEDGES, clause):
        claims.extend(Claim(_PLEDGES[name], None, words, clause) for words in PHRASES.all_hits(name, clause))
    if any(claim.kind is ClaimKind.AMOUNT for claim in claims):
        claims.extend(Claim(ClaimKind.FLOOR, None, words, clause) for words in PHRASES.all_hits("floor", clause))
    return _Clause(clause, tuple(claims), reader.times)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    claims: tuple[Claim, ...]
    times: tuple[DateSpan, ...]

    @property
    def mentions_time(self) -> bool:
        return any(not PHRASES.is_in("no_time", span.text) for span in self.times)

    def find_pledges(self, before: str) -> Iterator[Claim]:
        """What the clause promises in words; the clause before may hold its condition."""
        if gift := phrases.find_unnamed_gift(self.text):
            yield Claim(ClaimKind.OTHER_GIFT, None, gift, self.text)
        if care := phrases.find_lasting_care(self.text):
            yield Claim(ClaimKind.LASTING_CARE, None, care, self.text)
        if at_once := phrases.find_immediate_dispatch(self.text) or self._same_day_pledge(before):
            yield Claim(ClaimKind.AT_ONCE, None, at_once, self.text)
        if free := phrases.find_free_shipping(self.text, before):
            yield from self._free_shipping_pledges(free, before)

    def _same_day_pledge(self, before: str) -> str | None:
        same = [each.text for each in self.claims if each.kind is ClaimKind.DURATION and each.value == 0]
        clocked = any(span.clock is not None for span in (*self.times, *find_dates(before, _noon(_ANY_DAY))))
        return same[0] if same and not clocked and phrases.leaves_same_day(self.text, before) else None

    def _free_shipping_pledges(self, free: str, before: str) -> Iterator[Claim]:
        said = {
            ClaimKind.ALWAYS_FREE: None if phrases.has_condition(self.text, before) else free,
            ClaimKind.FREE_EVERYWHERE: phrases.find_everywhere(self.text),
            ClaimKind.FREE_CARRIER: phrases.find_dear_carrier(self.text),
        }
        yield from (Claim(kind, None, words, self.text) for kind, words in said.items() if words)

    def promises_arrival(self, before: "_Clause | None") -> bool:
        """A time in the same breath as a parcel's arrival, unless it is past or counts from the receipt.

        A time of its own just before (明天,就能送到) is the same breath; the time of leaving is not.
        """
        rest = PHRASES.blank_out("after_receipt", self.text)
        if not PHRASES.is_in("arrives", rest) or PHRASES.is_in("past", rest):
            return False
        bare = (
            before is not None
            and before.mentions_time
            and len(before.text) <= _BREATH
            and not PHRASES.is_in("leaves_or_pays", before.text)
        )
        return self.mentions_time or (bare and not PHRASES.is_in("not_ours", self.text))


@lru_cache(maxsize=4)
def _noon(today: date) -> datetime:
    return datetime.combine(today, time(12), UTC)


class _Span(Protocol):
    """A stretch of a clause."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where the next character stands."""


class _Range(_Span, Protocol):
    """A stretch that names a number, or a range of them."""

    @property
    def low(self) -> Decimal:
        """The lower end."""

    @property
    def high(self) -> Decimal:
        """The higher end, the same for a number."""


class _ClaimReader:
    """One clause being read: each reader takes its stretches, so that no number is read twice."""

    def __init__(self, clause: str, today: date) -> None:
        self._clause = clause
        self._left = clause.lower()
        self._today = today
        self._claims: list[Claim] = []
        self.times = find_dates(self._left, _noon(today))
        """What the clause says of time."""

    def read_numeric_claims(self) -> list[Claim]:
        """Every numeric claim of the clause."""
        for read in (
            self._read_times,
            self._read_rates,
            self._read_amounts,
            self._read_pieces,
            self._read_spent,
            self._leave_people,
            self._read_bare_numbers,
        ):
            read()
        return self._claims

    def _add_claim(
        self,
        kind: ClaimKind,
        value: Decimal | date | time | None,
        span: _Span,
        role: AmountRole = AmountRole.PLAIN,
    ) -> None:
        self._claims.append(Claim(kind, value, self._clause[span.start : span.end], self._clause, role))

    def _take(self, spans: Iterable[_Span]) -> None:
        """Blank out what was read."""
        for span in spans:
            self._left = self._left[: span.start] + " " * (span.end - span.start) + self._left[span.end :]

    def _read_times(self) -> None:
        for span in self.times:
            if span.duration is not None:
                self._add_duration(span)
                continue
            if span.clock is not None:
                self._add_claim(ClaimKind.TIME, span.clock, span)
            if span.said is not Said.CLOCK and _binds(span):
                self._add_claim(ClaimKind.DATE, self._day_meant(span), span)
        self._take(self.times)
        for words in phrases.find_some_days(self._clause.lower()):
            self._claims.append(Claim(ClaimKind.DATE, None, words, self._clause))

    def _add_duration(self, span: DateSpan) -> None:
        """Both ends of 3-5天, in hours."""
        ends = {length for length in (span.shortest, span.duration) if length is not None}
        for length in sorted(ends):
            self._add_claim(ClaimKind.DURATION, Decimal(round(length.total_seconds())) / _HOUR, span)

    def _day_meant(self, span: DateSpan) -> date | None:
        """The day named; without a year the one nearest to today, for replies tell of past days, too."""
        if span.day is None or names_festival(span.text):
            return None
        if "年" in span.text or span.text[:4].isdecimal():
            return span.day
        shifted = (_in_year(span.day, span.day.year + shift) for shift in (-1, 0, 1))
        return min((day for day in shifted if day), key=lambda day: abs(day - self._today))

    def _read_rates(self) -> None:
        shares = find_shares(self._left)
        for share in shares:
            self._add_claim(ClaimKind.RATE, share.share, share, phrases.rate_role(self._clause[: share.start]))
        self._take(shares)

    def _read_amounts(self) -> None:
        amounts = find_money(self._left)
        for amount in amounts:
            for value in _both_ends(amount):
                self._add_amount(value, amount)
        self._take(amounts)
        for words in phrases.find_vague_amounts(self._left):
            self._claims.append(Claim(ClaimKind.AMOUNT, None, words, self._clause))

    def _add_amount(self, value: Decimal | None, span: _Span) -> None:
        before, words = self._clause[: span.start], self._clause[span.start : span.end]
        if words.endswith("块") and PHRASES.is_in("before_piece", before):
            return
        role = phrases.amount_role(before, self._clause[span.end :])
        self._add_claim(ClaimKind.AMOUNT, value, span, role)

    def _read_pieces(self) -> None:
        """Counts of pieces; other measures (40cm, 500ml) are taken, and bind nobody. 一件 is how Chinese says "a"."""
        ordinals = find_ordinals(self._left)
        for ordinal in ordinals:
            if ordinal.place > 1:
                self._add_claim(ClaimKind.COUNT, ordinal.place, ordinal)
        self._take(ordinals)
        measured = find_quantities(self._left)
        for quantity in measured:
            kind = _QUANTITY_CLAIMS.get(quantity.kind)
            for value in _both_ends(quantity):
                if quantity.measure.word == "块":
                    self._add_amount(value, quantity)
                elif (kind is not None or quantity.measure.word == "次") and value > 1:
                    self._add_claim(kind or ClaimKind.COUNT, value * quantity.measure.base, quantity)
        self._take(measured)

    def _read_spent(self) -> None:
        """A number behind a word of money: 只要50, 满199."""
        spent = phrases.find_spent(self._left)
        for number in spent:
            for value in _both_ends(number):
                self._add_amount(value, number)
        self._take(spent)

    def _leave_people(self) -> None:
        """How many people something is enough for (3个人) binds nobody."""
        self._take(find_people(self._left))

    def _read_bare_numbers(self) -> None:
        codes = [code for code in find_codes(self._left) if code.text[0].isdigit()]
        for code in codes:
            self._add_claim(ClaimKind.NUMBER, None, code)
        self._take(codes)
        for number in find_numbers(self._left):
            if not number.ordinal and (len(number.text) > 1 or number.text.isdecimal()):
                for value in _both_ends(number):
                    self._add_claim(ClaimKind.NUMBER, value, number)


def _both_ends(said: _Range) -> tuple[Decimal, ...]:
    return (said.low,) if said.low == said.high else (said.low, said.high)


def _binds(span: DateSpan) -> bool:
    """Whether a day or a limit is promised; 国庆 alone and 周末 say when a shop works."""
    if span.kind is DateKind.DEADLINE or span.ends is None:
        return True
    return span.day is not None and not names_festival(span.text)


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None
