"""错发漏发: an apology, then order, what is wrong and photos for the after-sales people."""

import re
from typing import Final

from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction, FormField, FormState

SAYS_WHAT: Final = re.compile("少|缺|漏|错|没有?(赠品|送)|不是我|不对|只(收到|有)|没发")


class WrongOrMissingItemAction(CollectAction):
    """Collects; what is sent again or refunded is for people to say."""

    intent = "wrong_or_missing_item"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = "收到的商品有错发或漏发"

    def should_ask(self, matter: FormState, need: FormField) -> bool:
        """What is wrong is asked only when it was not said."""
        if need is DETAIL and SAYS_WHAT.search(matter.wish):
            return False
        return super().should_ask(matter, need)
