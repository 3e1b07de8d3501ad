"""招呼: a greeting back, with an open question."""

from app.domain.acts import Act
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.policy import compose_reply


class GreetingAction(IntentAction):
    """Greets; who comes back in mid-conversation is met there."""

    intent = "greeting"

    async def answer(self, case: Case) -> Outcome:
        """Hello, or still here; a rolled eye is met with an apology."""
        if Act.COMPLAIN in case.acts:
            return compose_reply(case.replies.render_reply("annoyed"))
        key = "hello_again" if case.conversation.last_intent else "hello"
        return compose_reply(case.replies.render_reply(key, shop=case.shop.settings.name))
