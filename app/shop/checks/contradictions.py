"""Checks answers against shop.yml and the catalogue: couriers, place of dispatch, opening hours, the goods' facts.

The wordings are in contradictions.yml.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from app.domain.catalogue import Product
from app.language.clauses import split_marks, split_sentences
from app.language.dates import find_dates
from app.language.measures import QuantitySpan, find_quantities
from app.language.numbers import find_shares, normalise_width
from app.language.phrases import NameTable, PhraseBook
from app.language.places import find_places, lies_in
from app.language.units import MeasureKind
from app.shop.contents import FolderContents
from app.shop.faq import FaqRow
from app.shop.report import ProblemCollector, Severity
from app.shop.schema import Hours, ShippingPromise

_PHRASES = PhraseBook.load_phrases(Path(__file__).with_name("contradictions.yml"))
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_MEASURED = (MeasureKind.TIME, MeasureKind.WEIGHT, MeasureKind.LENGTH, MeasureKind.VOLUME)
_HALF_DAY = 12
_HOURS = "hours_conflict"
"""A hint only: an answer may speak of others who answer, after hours or on a stream."""
_SHORTEST = 2  # characters; a shorter word is in too many others


def check_contradictions(contents: FolderContents, couriers: NameTable, problems: ProblemCollector) -> None:
    """Reports answers that say something else than the shop's other files do; `couriers` are all of the country's."""
    settings = contents.settings
    shipping = settings.authority.shipping if settings else None
    for row in contents.rows:
        if row.entry.confirmed:
            continue
        answer = normalise_width(row.entry.answer)
        found: list[tuple[str, str]] = []
        if shipping:
            found += [(told, "courier_conflict") for told in _check_couriers(answer, shipping, couriers)]
            found += [(told, "origin_conflict") for told in _check_origin(answer, shipping)]
        if settings:
            found += [(told, _HOURS) for told in _check_hours(answer, settings.hours)]
        found += [(told, "catalogue_conflict") for told in _check_goods(row, answer, contents.products)]
        for told, rule in found:
            severity = Severity.HINT if rule == _HOURS else Severity.WARNING
            problems.report_problem(severity, row.locate_cell("answer"), told, rule)


def _check_couriers(answer: str, shipping: ShippingPromise, couriers: NameTable) -> Iterator[str]:
    known = {span.name for own in shipping.couriers for span in couriers.find_names(own)}
    if not known:
        return
    for sentence in split_sentences(answer):
        if _PHRASES.is_in("on_request", sentence):
            continue
        for clause in split_marks(sentence):
            others = {span.name for span in couriers.find_names(clause)} - known
            if others and _PHRASES.is_in("carried_by", clause):
                named, ours = "、".join(sorted(others)), "、".join(shipping.couriers)
                yield (
                    f"答案说发{named}，shop.yml 的 couriers 却是{ours}，买家会听到两个说法。"
                    f"请改成一致；买家要加钱才发，就写明“补差价可以发{named}”。"
                )


def _check_origin(answer: str, shipping: ShippingPromise) -> Iterator[str]:
    home = find_places(shipping.ships_from)
    if not home:
        return
    for clause in split_marks(answer):
        spoken = _PHRASES.first_hit("leaves_from", clause)
        if spoken is None or _PHRASES.is_in("goes_to", clause):
            continue
        places = [place for place in find_places(spoken) if not place.of_goods]
        if places and not any(_is_near(place.name, shipping.ships_from) for place in places):
            yield (
                f"答案说从{places[0].text}发货，shop.yml 的 ships_from 却是{shipping.ships_from}，买家会听到两个说法。"
                "请改成一致。"
            )


def _is_near(place: str, home: str) -> bool:
    """Whether a place lies in the shop's, or the shop's in it."""
    homes = [own.name for own in find_places(home)]
    return any(lies_in(place, own) or lies_in(own, place) for own in homes)


def _check_hours(answer: str, hours: Hours) -> Iterator[str]:
    for clause in split_marks(answer):
        if not _PHRASES.is_in("staffed", clause) or _PHRASES.is_in("not_ours", clause):
            continue
        clocks = [span.clock for span in find_dates(clause.lower(), _NOON) if span.clock is not None]
        wrong = [
            clock for clock in clocks if not any(_is_same_clock(clock, own) for own in (hours.opens, hours.closes))
        ]
        if wrong:
            yield (
                f"答案说 {wrong[0]:%H:%M}，shop.yml 的 hours 却是 {hours.opens:%H:%M}–{hours.closes:%H:%M}，"
                "机器人按 shop.yml 说人工几点在。请改成一致。"
            )


def _is_same_clock(said: time, own: time) -> bool:
    """晚上11点 and 11点 may both mean 23:00."""
    return said.minute == own.minute and (own.hour - said.hour) % 24 in (0, _HALF_DAY)


def _check_goods(row: FaqRow, answer: str, products: Sequence[Product]) -> Iterator[str]:
    scope = [product for product in products if product.product_id in row.entry.products]
    only = scope[0] if len(scope) == 1 else None
    for clause in split_marks(answer):
        named = [product for product in products if _names_goods(product, clause)]
        for product in named or ([only] if only else []):
            for name, value in product.details:
                told = _compare_detail(clause, name, value)
                if told:
                    yield (
                        f"答案说{name}是“{told}”，商品表里“{product.title}”的{name}却是“{value}”，买家会听到两个说法。"
                        "请核对，改成一致。"
                    )


def _names_goods(product: Product, clause: str) -> bool:
    return any(word in clause for word in (product.title, *product.keywords) if len(word) >= _SHORTEST)


def _compare_detail(clause: str, name: str, value: str) -> str | None:
    """What the clause says of a detail, where it is another measure than the catalogue's."""
    _, found, after = clause.partition(name)
    if not found:
        return None
    own, said = find_quantities(value, *_MEASURED), find_quantities(after, *_MEASURED)
    if own and said and said[0].kind is own[0].kind:
        return None if any(_is_same_amount(said[0], each) for each in own) else said[0].text
    shares, told = {share.share for share in find_shares(value)}, find_shares(after)
    return told[0].text if shares and told and told[0].share not in shares else None


def _is_same_amount(one: QuantitySpan, other: QuantitySpan) -> bool:
    return one.in_base[0] <= other.in_base[1] and other.in_base[0] <= one.in_base[1]
