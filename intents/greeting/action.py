"""招呼: a greeting back, with an open question."""

import re
from typing import Final

from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.policy import compose_reply

ANNOYED: Final = re.compile("[🙄😒😤😠😡💩👎🤬😑😓]|呵呵|笨|蠢|傻|无语")


class GreetingAction(IntentAction):
    """Greets; who comes back in mid-conversation is met there."""

    intent = "greeting"

    async def answer(self, case: Case) -> Outcome:
        """Hello, or still here; a rolled eye is met with an apology."""
        if ANNOYED.search(case.message.text):
            return compose_reply(case.replies.render_reply("annoyed"))
        key = "hello_again" if case.conversation.last_intent else "hello"
        return compose_reply(case.replies.render_reply(key, shop=case.shop.settings.name))
