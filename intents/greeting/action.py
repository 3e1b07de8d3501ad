"""招呼: a greeting back, with an open question."""

from app.domain.outcome import Outcome
from intents.base import Case, IntentAction
from intents.common import reply


class GreetingAction(IntentAction):
    """Greets; who comes back in mid-conversation is met there."""

    intent = "greeting"

    async def answer(self, case: Case) -> Outcome:
        """Hello, or still here."""
        key = "hello_again" if case.conversation.last_intent else "hello"
        return reply(case.replies.say(key, shop=case.shop.settings.name))
