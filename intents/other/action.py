"""其他: small talk is met kindly and led back to the shop; a real request that fits nothing goes to a person."""

from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import PolicyAction, compose_reply, current_memory, find_untold_policy, quote_faq_entry

note = load_notes(__file__)

MOST_SMALL_TALK = 3  # after so many somebody should look


class OtherAction(PolicyAction):
    """Kind a few times; then somebody should look."""

    intent = "other"

    async def answer(self, case: Case) -> Outcome:
        """The shop's words, a kind word, or a person."""
        if case.hears_in_message("wonders_what_we_are"):
            return compose_reply(
                case.replies.render_reply("what_i_am", shop=case.shop.settings.name), tried=note("told_bot")
            )
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        before = current_memory(case).get("times", 0)
        if before >= MOST_SMALL_TALK:
            return self.escalate_unknown(case)
        memory = {"at": case.now.isoformat(), "times": before + 1}
        return compose_reply(case.replies.render_reply("answer"), memory=memory, tried=note("chatted"))
