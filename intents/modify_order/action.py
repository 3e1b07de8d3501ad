"""改订单: what is to be changed is collected and given to people before the parcel leaves."""

import re
from typing import Final

from app.domain.catalogue import OrderState
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.policy import compose_reply
from intents._kit.forms import ORDER, CollectAction, FormField, FormState

ADDRESS: Final = FormField("address", "新地址", "ask_address")
PHONE: Final = FormField("phone", "新电话", "ask_phone")
VARIANT: Final = FormField("variant", "新规格", "ask_variant")
REMARK: Final = FormField("remark", "备注内容", "ask_remark")
CHANGE_PATTERNS: Final = (
    (ADDRESS, re.compile("地址|收货|寄到|送到|改寄|搬家|收件")),
    (PHONE, re.compile("电话|手机|号码|联系方式")),
    (VARIANT, re.compile("颜色|尺码|尺寸|规格|款|换成|型号|大小")),
)
# A line that already holds the thing: an address long enough, "备注…" with words after it.
VALUE_PATTERNS: Final = {
    "address": re.compile(r"[省市区县镇乡].{0,20}(路|街|号|栋|村|小区|室|单元)"),
    "remark": re.compile(r"(备注|留言|写上|注明)(一下)?[^吗么]{4,}"),
    "variant": re.compile(r"(换成|改成|换)(?!别的|其他|其它|另|个|一个|什么)[^吗么]{2,}"),
}
BEFORE_ADDRESS: Final = re.compile(r"^.*(改成|改到|改为|换成|换到|寄到|送到|地址[是为:：]|改寄)[:： ]*")
MOST_ASKED: Final = 2
WITHDRAWN: Final = re.compile("不(改|加|换|备注|合并)了|算了|不用(改|换|备注)了?|就这样吧|还是原来的")
GONE: Final = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
CLOSED: Final = {OrderState.REFUNDING, OrderState.REFUNDED, OrderState.CANCELLED}


class ModifyOrderAction(CollectAction):
    """Order first, then the new words; a parcel already gone goes to people at once, unpaid ones to the buyer."""

    intent = "modify_order"
    states = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
    needs = (ORDER, ADDRESS, PHONE, VARIANT, REMARK)
    group = Group.INSALE
    wish = "修改订单"

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """Gone or closed orders need no more questions."""
        if WITHDRAWN.search(case.message.text):
            return compose_reply(case.replies.render_reply("withdrawn"), memory={}, tried="买家不改了")
        order = matter.sole_order
        if order is None:
            return None
        if order.state in GONE:
            received = order.state is not OrderState.SHIPPED
            request = self.build_form_handoff(
                case, matter, notes=("包裹已签收" if received else "包裹已发出，改动需联系快递",)
            )
            said = case.replies.render_reply("received" if received else "already_gone")
            return compose_reply(
                said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter)
            )
        if order.state in CLOSED:
            return compose_reply(
                case.replies.render_reply("closed"), facts=matter.order_facts, memory={}, slots=self.order_slots(matter)
            )
        return None

    def should_ask(self, matter: FormState, need: FormField) -> bool:
        """Only the order and the one thing to be changed are needed; an address that is none is asked for again."""
        if need not in {ORDER, _classify_change(matter.wish)}:
            return False
        again = need is ADDRESS and need.slot not in matter.collected and matter.asked.count(need.slot) < MOST_ASKED
        return again or super().should_ask(matter, need)

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """The words asked for, or those the message brings along."""
        given = super().extract_slots(case, waiting)
        if given.get("address", "").isdigit():
            del given["address"]
        phone = case.first_entity(EntityKind.PHONE)
        if phone:
            given["phone"] = str(phone.value)
        found = {
            slot: case.message.text.strip() for slot, shape in VALUE_PATTERNS.items() if shape.search(case.message.text)
        }
        read = ({"address": found["address"]} if "address" in found else found) | given
        if "address" in read:
            read["address"] = BEFORE_ADDRESS.sub("", read["address"], count=1)
        return read


def _classify_change(wish: str) -> FormField:
    return next((need for need, words in CHANGE_PATTERNS if words.search(wish)), REMARK)
