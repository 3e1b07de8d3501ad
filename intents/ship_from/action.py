"""发货地: where the shop's parcels leave from."""

from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import PolicyAction, compose_reply

note = load_notes(__file__)


class ShipFromAction(PolicyAction):
    """Names the place of the shop's policy."""

    intent = "ship_from"

    async def answer(self, case: Case) -> Outcome:
        """The place, else whatever the FAQ says."""
        promise = case.shop.settings.authority.shipping
        if promise is None or not promise.ships_from:
            return await super().answer(case)
        return compose_reply(case.replies.render_reply("from", place=promise.ships_from), tried=note("told_origin"))
