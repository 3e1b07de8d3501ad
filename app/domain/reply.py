"""Lines that the bot sends to a buyer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """One line of the bot; its echo from the platform is recognised by the unique `id`."""

    id: str
    text: str
