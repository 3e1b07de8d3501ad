"""What an action is given to answer from: the shop, the conversation, the message and the signals in it."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.dialogue.signals import Signals
from app.domain.acts import NO_ACTS, DialogueActs
from app.domain.conversation import Conversation
from app.domain.message import Message
from app.domain.outcome import Outcome
from app.tenants.registry import OpenShop

NO_SIGNALS = Signals()


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds one turn; `conversation` already holds what this message names."""

    opened: OpenShop
    conversation: Conversation
    message: Message
    now: datetime
    exhausted: frozenset[str] = frozenset()
    heard: Signals = NO_SIGNALS
    acts: DialogueActs = NO_ACTS
    used: tuple[str, ...] = ()

    @property
    def is_angry(self) -> bool:
        """Whether the buyer sounds so."""
        return self.heard.anger is not None

    def next_scene(self, outcome: Outcome) -> "Scene":
        """The scene for the next request of the same message: no sentence twice."""
        return replace(self, used=(*self.used, *outcome.used_replies))
