"""其他: small talk is met kindly and led back to the shop; a real request that fits nothing goes to a person."""

from app.domain.outcome import Outcome
from intents.base import Case
from intents.common import PolicyAction, from_policy, remembered, reply, untold_policy

KIND_WORDS = 3  # after so many somebody should look


class OtherAction(PolicyAction):
    """Kind a few times; then somebody should look."""

    intent = "other"

    async def answer(self, case: Case) -> Outcome:
        """The shop's words, a kind word, or a person."""
        entry = untold_policy(case)
        if entry:
            return from_policy(case, entry)
        before = remembered(case).get("times", 0)
        if before >= KIND_WORDS:
            return self.unknown(case)
        memory = {"at": case.now.isoformat(), "times": before + 1}
        return reply(case.replies.say("answer"), memory=memory, tried="闲聊，已引导回店铺")
