"""应答: a short courtesy that fits what was acknowledged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.dialogue.act_moves import gives_up_buying, is_merely_heard
from app.dialogue.owned import load_owned
from app.dialogue.rating import hear_rating
from app.dialogue.remarks import praises
from app.dialogue.reports import tells_fault
from app.domain.acts import Act
from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from app.language.owning import tells_of_others
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.orders import find_sole_order, number_tail

note = load_notes(__file__)

GOOD_SCORE: Final = 3
BARE_RECEIPT: Final = 7
"""Characters up to which a message but says that something came."""

COURTESIES: Final[tuple[tuple[str, Callable[[Case], bool]], ...]] = (
    ("unheard", lambda case: Act.AUTOMATIC in case.acts and Act.AFFIRM not in case.acts),
    ("not_buying", lambda case: gives_up_buying(case.request.text, case.acts)),
    ("withdrawn", lambda case: Act.WITHDRAW in case.acts),
    ("waits", lambda case: case.conversation.pending is not None and _puts_off_answer(case)),
    ("defers", lambda case: Act.DEFER in case.acts),
    ("annoyed", lambda case: Act.COMPLAIN in case.acts),
    ("thanks", lambda case: Act.THANK in case.acts),
    ("paid", lambda case: case.hears_in_message("says_paid")),
    ("ordered", lambda case: case.hears_in_message("says_ordered")),
    ("buying", lambda case: case.hears_in_message("says_buys")),
    ("praised", lambda case: case.hears_in_message("says_praise")),
    ("received", lambda case: case.hears_in_message("says_received")),
    ("declined", lambda case: case.acts.has_any(Act.REFUSE, Act.DENY) or case.hears_in_message("needs_nothing")),
    ("worried", lambda case: case.hears_in_message("says_worried")),
    ("bye", lambda case: Act.CLOSE in case.acts),
)
# What is said of an order that, as the shop sees it, is not paid.
UNPAID: Final = {"paid": "paid_not_seen", "ordered": "ordered_unpaid"}


_NO_STORY: Final = (Act.ASK, Act.THANK, Act.CLOSE, Act.AFFIRM, Act.DEFER, Act.WITHDRAW, Act.WAIT, Act.COMPLAIN)


def _puts_off_answer(case: Case) -> bool:
    """Whether our question stays open: the buyer is about to look, or has but heard it."""
    return Act.WAIT in case.acts or is_merely_heard(case.request.text)


def _hear_story(case: Case) -> Outcome | None:
    """What is needed next, once, and then a short word, to who tells of goods that he has or that were never ours."""
    owned = load_owned(case.slot_value(SlotName.OWNED))
    if owned is None:
        text = case.request.text
        told = tells_of_others(text) and (case.hears("damaged") or tells_fault(text)) and Act.ASK not in case.acts
        return compose_reply(case.replies.render_reply("of_others")) if told else None
    if not owned.answered and case.hears_in_message("says_received") and len(case.request.text) <= BARE_RECEIPT:
        return None
    praised = case.hears_in_message("says_praise") or praises(case.request.text)
    if praised or case.acts.has_any(*_NO_STORY) or is_merely_heard(case.request.text):
        return None
    if owned.answered:
        return compose_reply(case.replies.render_reply("story_goes_on"))
    slots = {SlotName.OWNED: replace(owned, answered=True).to_slot()}
    return compose_reply(case.replies.render_reply("story"), slots=slots)


class AcknowledgementAction(IntentAction):
    """Never a bare 好; nothing is promised with it."""

    intent = "acknowledgement"

    async def answer(self, case: Case) -> Outcome:
        """The courtesy."""
        rating = hear_rating(case.conversation, case.message.text, case.now)
        if rating:
            return compose_reply(
                case.replies.render_reply("rated_well" if rating.score >= GOOD_SCORE else "rated_badly")
            )
        heard = _hear_story(case)
        if heard:
            return heard
        key = next((key for key, fits in COURTESIES if fits(case)), "noted")
        if key == "waits":
            return compose_reply(case.replies.render_reply(key), asks=case.conversation.pending)
        unwanted = await self._tell_way_out(case) if case.hears_in_message("says_unwanted") else None
        if unwanted:
            return unwanted
        return (await self._correct_unpaid_claim(case, UNPAID[key]) if key in UNPAID else None) or compose_reply(
            case.replies.render_reply(key)
        )

    async def _tell_way_out(self, case: Case) -> Outcome | None:
        """How to give back an order that has not left, to who does not want it any more and looks at nothing else."""
        if case.slot_value(SlotName.PRODUCT):
            return None
        seen = await find_sole_order(case, {OrderState.PAID})
        if seen is None or seen.value.state is not OrderState.PAID:
            return None
        said = case.replies.render_reply("way_out", tail=number_tail(seen.value.order_id))
        slots = {SlotName.ORDER: seen.value.order_id}
        return compose_reply(said, facts=(seen,), slots=slots, tried=note("told_way_out"))

    async def _correct_unpaid_claim(self, case: Case, key: str) -> Outcome | None:
        """Who says 付款了 while the order is not is told what the shop sees."""
        seen = await find_sole_order(case, {OrderState.UNPAID, OrderState.PAID})
        if seen is None or seen.value.state is not OrderState.UNPAID:
            return None
        said = case.replies.render_reply(key, tail=number_tail(seen.value.order_id))
        return compose_reply(said, facts=(seen,), slots={"order": seen.value.order_id}, tried=note("told_unpaid"))
