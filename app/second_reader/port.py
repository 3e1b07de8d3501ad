"""The port of second readers."""

from typing import Protocol

from app.domain.second_reading import Read, Unsure


class SecondReaderError(RuntimeError):
    """The reader could not be asked; it is named by kind alone, because an answer may quote a buyer."""


class SecondReader(Protocol):
    """Reads a message that our models are unsure of."""

    async def read(self, unsure: Unsure) -> Read | None:
        """The choice among `unsure`'s own candidates; None for an answer outside them, or in no form we know.

        Raises SecondReaderError when nothing could be had, TimeoutError when it took too long.
        """
