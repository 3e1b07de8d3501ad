"""错发漏发: an apology, then order, what is wrong and photos for the after-sales people."""

from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction, FormField, FormState, is_told_in_story

note = load_notes(__file__)


class WrongOrMissingItemAction(CollectAction):
    """Collects; what is sent again or refunded is for people to say."""

    intent = "wrong_or_missing_item"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = note("wish")

    def should_ask(self, case: Case, matter: FormState, need: FormField) -> bool:
        """What is wrong is asked only when it was not said."""
        if need is DETAIL and is_told_in_story(case, matter):
            return False
        if need is DETAIL and case.cues.hears("says_what", matter.wish):
            return False
        return super().should_ask(case, matter, need)
