"""评价: thanks for a good word, the way for who asks it, and an open ear for a bad one."""

from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import PolicyAction, build_handoff, compose_reply, find_untold_policy, quote_faq_entry

note = load_notes(__file__)


class ReviewAction(PolicyAction):
    """Never offers anything for a review, and never argues with one."""

    intent = "review"

    async def answer(self, case: Case) -> Outcome:
        """By what the buyer says of the review."""
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        if case.hears_in_message("unhappy"):
            request = build_handoff(case, Reason.AFTER_SALES, note("wish"))
            return compose_reply(case.replies.render_reply("unhappy"), handoff=request)
        key = "how" if case.hears_in_message("asks_how") else "thanks"
        return compose_reply(case.replies.render_reply(key), tried=note("answered"))
