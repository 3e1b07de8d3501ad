"""运费: from which amount it is free, what it costs below, and where it costs more."""

from decimal import Decimal

from app.commerce.shipping import remote_region
from app.domain.commitment import PostageCommitment
from app.domain.outcome import Outcome
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import PolicyAction, compose_reply, find_untold_policy, quote_faq_entry
from intents._kit.destination import named_places
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.wording import format_yuan

note = load_notes(__file__)


class ShippingFeeAction(PolicyAction):
    """Speaks from the shop's shipping policy alone."""

    intent = "shipping_fee"

    async def answer(self, case: Case) -> Outcome:
        """The fee for the place asked, for the goods looked at, or in general."""
        promise = case.shop.settings.authority.shipping
        if promise is None or (promise.free_from is None and promise.fee is None):
            return await super().answer(case)
        entry = find_untold_policy(case)
        if entry and not case.hears("asks_amount"):
            return quote_faq_entry(case, entry)
        remote = remote_region(promise, named_places(case))
        if remote:
            fee = promise.remote_fee
            made = () if fee is None else (PostageCommitment(fee, remote),)
            said = _render_remote_fee(case, promise, remote)
            return compose_reply(said, commitments=made, tried=note("told_remote_fee"))
        goods = await resolve_goods(case)
        if goods and _ships_free_alone(promise, goods):
            said = case.replies.render_reply(
                "free_alone", title=goods.product_title, free_from=format_yuan(promise.free_from or Decimal(0))
            )
            return compose_reply(
                said,
                *_render_remote_note(case, promise),
                facts=(goods.fact,),
                commitments=(PostageCommitment(Decimal(0), total=min(sku.price for sku in goods.fact.value.skus)),),
                tried=note("told_free_alone"),
            )
        return compose_reply(
            _render_general_fee(case, promise), *_render_remote_note(case, promise), tried=note("told_fee")
        )


def _ships_free_alone(promise: ShippingPromise, goods: GoodsMatch) -> bool:
    """Whether one piece of any of the product's SKUs is enough: the sentence names the product."""
    skus = goods.fact.value.skus
    if promise.free_from is None or not skus:
        return False
    return min(sku.price for sku in skus) >= promise.free_from > 0


def _render_remote_fee(case: Case, promise: ShippingPromise, place: str) -> RenderedReply:
    if promise.remote_fee is None:
        return case.replies.render_reply("remote_by_page", place=place)
    key = "remote_free" if promise.remote_fee == 0 else "remote"
    return case.replies.render_reply(key, place=place, fee=format_yuan(promise.remote_fee))


def _render_general_fee(case: Case, promise: ShippingPromise) -> RenderedReply:
    if promise.free_from == 0 or promise.fee == 0:
        return case.replies.render_reply("always_free")
    if promise.free_from is None:
        return case.replies.render_reply("fee_only", fee=format_yuan(promise.fee or Decimal(0)))
    if promise.fee is None:
        return case.replies.render_reply("free_over", free_from=format_yuan(promise.free_from))
    return case.replies.render_reply(
        "free_over_else", free_from=format_yuan(promise.free_from), fee=format_yuan(promise.fee)
    )


def _render_remote_note(case: Case, promise: ShippingPromise) -> tuple[RenderedReply, ...]:
    if not promise.remote_places or not promise.remote_fee:
        return ()
    places = "、".join(promise.remote_places)
    return (case.replies.render_reply("remote_note", places=places, fee=format_yuan(promise.remote_fee)),)
