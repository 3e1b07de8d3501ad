"""What is told where no word of a question stands in the goods' data: the detail that means it, or that none does."""

from typing import Final

from app.domain.catalogue import Product
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from app.language.cautions import asks_permission, has_caution
from app.language.users import find_users
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply, current_memory
from intents._kit.details import find_related_detail, format_details, told_details
from intents._kit.goods import GoodsMatch

note = load_notes(__file__)

MEANT_FROM: Final = 0.62
"""How like what is asked a detail must be to answer it; of played questions of what is not written 1 in 15 has one."""
WARNED_FROM: Final = 0.45
"""The same of one that warns or forbids, to who asks whether something may be done."""
RELATED_FROM: Final = 0.42
"""The same to be told as the nearest that is written."""
LIKELY_ROW: Final = 0.45
"""How likely a row must be to be left the answer."""


def find_meant_detail(case: Case, product: Product) -> dict[str, str]:
    """The detail that answers in other words than the question's; empty where none surely does, or a row may."""
    rows = [
        case.shop.entries.get(each.entry_id)
        for each in (*case.request.faqs[:1], *filter(None, (case.request.limit,)))
        if each.confidence >= LIKELY_ROW
    ]
    warned = _find_like(case, product, WARNED_FROM) if asks_permission(case.request.text) else {}
    if any(map(has_caution, warned.values())):
        return {} if any(row and product.product_id in row.products for row in rows) else warned
    return {} if any(rows) else _find_like(case, product, MEANT_FROM)


def tell_unwritten(case: Case, goods: GoodsMatch, before: list[str]) -> Outcome:
    """The nearest that is written, and the offer to look into it; `before` are the questions already left open."""
    product = goods.fact.value
    related = find_related_detail(product, case.request.text) or _find_like(case, product, RELATED_FROM)
    words = {"title": goods.product_title, "details": format_details(related)}
    return compose_reply(
        case.replies.render_reply("nearest" if related else "not_written", **words),
        facts=(goods.fact,),
        asks=build_pending(case, "check"),
        memory={**current_memory(case), "at": case.now.isoformat(), "asked": [*before, case.request.text]},
        slots={SlotName.PRODUCT: product.product_id},
        tried=note("told_nearest"),
    )


def _find_like(case: Case, product: Product, least: float) -> dict[str, str]:
    """The likest detail of this product, unless it speaks of other users than the question does."""
    found, details = case.request.detail, told_details(product)
    if found is None or found.product_id != product.product_id or found.likeness < least or found.name not in details:
        return {}
    written, asked = find_users(f"{found.name}{details[found.name]}"), find_users(case.request.text)
    return {} if written and asked and written.isdisjoint(asked) else {found.name: details[found.name]}
