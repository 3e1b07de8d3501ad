"""The goods of a kind named by its bare word (碗呢, 有哪些杯子), each with its price and what is written first."""

from app.dialogue.focus import dump_offered
from app.domain.catalogue import Product
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.choices import find_bare_kind_goods
from intents._kit.wording import format_price_span

note = load_notes(__file__)


async def tell_kind(case: Case) -> Outcome | None:
    """None where no kind is named, or the goods in view are of it. Raises FactsError."""
    kind = await find_bare_kind_goods(case)
    if kind is None:
        return None
    listed = [sku for product in kind.value for sku in product.listed_skus]
    return compose_reply(
        case.replies.render_reply("of_kind", goods="\n".join(_render_line(case, each) for each in kind.value)),
        facts=(kind,),
        commitments=tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in listed),
        slots={
            SlotName.PRODUCT: None,
            SlotName.SKU: None,
            SlotName.OFFERED: dump_offered(each.product_id for each in kind.value),
        },
        tried=note("told_kind"),
    )


def _render_line(case: Case, product: Product) -> str:
    first = next(iter(product.details), None)
    words = {"title": product.title, "prices": format_price_span(product.listed_skus)}
    if first is None:
        return case.replies.render_reply("compared_price", **words).text
    name, value = first
    return case.replies.render_reply("compared", **words, details=f"{name}：{value}").text
