"""其他: small talk is met kindly and led back to the shop; a real request that fits nothing goes to a person."""

from app.domain.outcome import Outcome
from intents.base import Case
from intents.common import PolicyAction, from_policy, policy_of, remembered, reply


class OtherAction(PolicyAction):
    """Kind once or twice; then somebody should look."""

    intent = "other"

    async def answer(self, case: Case) -> Outcome:
        """The shop's words, a kind word, or a person."""
        entry = policy_of(case)
        if entry:
            return from_policy(case, entry)
        before = remembered(case).get("times", 0)
        if before >= 2:  # noqa: PLR2004 - two kind words, the third time a person
            return self.unknown(case)
        memory = {"at": case.now.isoformat(), "times": before + 1}
        return reply(case.replies.say("answer"), memory=memory, tried="闲聊，已引导回店铺")
