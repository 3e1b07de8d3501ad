"""What an action is given to answer from: the shop, the conversation, the message and the signals in it."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.dialogue.signals import Signals
from app.domain.acts import NO_ACTS, DialogueActs
from app.domain.conversation import Conversation, SlotName
from app.domain.message import Message
from app.domain.outcome import Outcome
from app.domain.second_reading import SecondReading
from app.language.english import speaks_english
from app.tenants.registry import OpenShop

NO_SIGNALS = Signals()


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds one turn; `conversation` already holds what this message names.

    `acts` are those of the message as typed. `full_text` is the message in full, where it says but half. `second` is
    what came of asking a second reader, where one was asked in this turn.
    """

    opened: OpenShop
    conversation: Conversation
    message: Message
    now: datetime
    exhausted: frozenset[str] = frozenset()
    heard: Signals = NO_SIGNALS
    acts: DialogueActs = NO_ACTS
    used: tuple[str, ...] = ()
    full_text: str = ""
    second: SecondReading | None = None

    @property
    def full_message(self) -> Message:
        """The message with what it sets aside left out and what it leaves out filled in."""
        return replace(self.message, text=self.full_text) if self.full_text else self.message

    @property
    def in_english(self) -> bool:
        """Whether the buyer writes English, and is answered in it where we have the words."""
        known = self.conversation.current_slot(SlotName.LANGUAGE, self.now) is not None
        return speaks_english(self.message.text, before=known)

    @property
    def is_angry(self) -> bool:
        """Whether the buyer sounds so."""
        return self.heard.anger is not None

    def next_scene(self, outcome: Outcome) -> "Scene":
        """The scene for the next request of the same message: no sentence twice."""
        return replace(self, used=(*self.used, *outcome.used_replies))
