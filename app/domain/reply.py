"""Lines that the bot sends to a buyer."""

from dataclasses import dataclass

from app.domain.content import TEXT_ONLY, Content


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """One line of the bot; its echo from the platform is recognised by the unique `id`."""

    id: str
    text: str
    content: Content = TEXT_ONLY
