"""运费: from which amount it is free, what it costs below, and where it costs more."""

import re
from decimal import Decimal
from typing import Final

from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, Said
from intents._kit.forms import PolicyAction, from_policy, reply, untold_policy
from intents._kit.goods import Goods, find_goods, money

ASKS_AMOUNT: Final = re.compile("多少|怎么算|包邮|免邮|免运|几块|几元|几钱|运费吗|邮费吗|收费")


class ShippingFeeAction(PolicyAction):
    """Speaks from the shop's shipping policy alone."""

    intent = "shipping_fee"

    async def answer(self, case: Case) -> Outcome:
        """The fee for the place asked, for the goods looked at, or in general."""
        promise = case.shop.settings.authority.shipping
        if promise is None or (promise.free_from is None and promise.fee is None):
            return await super().answer(case)
        entry = untold_policy(case)
        if entry and not ASKS_AMOUNT.search(case.request.text):
            return from_policy(case, entry)
        place = case.entity(EntityKind.PLACE)
        remote = _remote(promise, place.text) if place else None
        if remote:
            return reply(_to_remote(case, promise, remote), tried="已说明偏远地区运费")
        goods = await find_goods(case)
        if goods and _free_alone(promise, goods):
            said = case.replies.say("free_alone", title=goods.title, free_from=money(promise.free_from or Decimal(0)))
            return reply(said, *_remote_note(case, promise), facts=(goods.fact,), tried="已说明单件包邮")
        return reply(_in_general(case, promise), *_remote_note(case, promise), tried="已说明运费规则")


def _remote(promise: ShippingPromise, place: str) -> str | None:
    return next((each for each in promise.remote_places if each in place or place in each), None)


def _free_alone(promise: ShippingPromise, goods: Goods) -> bool:
    """Whether one piece of any of the product's SKUs is enough: the sentence names the product."""
    skus = goods.fact.value.skus
    if promise.free_from is None or not skus:
        return False
    return min(sku.price for sku in skus) >= promise.free_from > 0


def _to_remote(case: Case, promise: ShippingPromise, place: str) -> Said:
    if promise.remote_fee is None:
        return case.replies.say("remote_by_page", place=place)
    key = "remote_free" if promise.remote_fee == 0 else "remote"
    return case.replies.say(key, place=place, fee=money(promise.remote_fee))


def _in_general(case: Case, promise: ShippingPromise) -> Said:
    if promise.free_from == 0 or promise.fee == 0:
        return case.replies.say("always_free")
    if promise.free_from is None:
        return case.replies.say("fee_only", fee=money(promise.fee or Decimal(0)))
    if promise.fee is None:
        return case.replies.say("free_over", free_from=money(promise.free_from))
    return case.replies.say("free_over_else", free_from=money(promise.free_from), fee=money(promise.fee))


def _remote_note(case: Case, promise: ShippingPromise) -> tuple[Said, ...]:
    if not promise.remote_places or not promise.remote_fee:
        return ()
    places = "、".join(promise.remote_places)
    return (case.replies.say("remote_note", places=places, fee=money(promise.remote_fee)),)
