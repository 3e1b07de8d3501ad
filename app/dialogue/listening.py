"""The cues the conversation itself listens for, from cues.yml."""

from functools import cache
from pathlib import Path

from app.language.cues import CueBook


@cache
def dialogue_cues() -> CueBook:
    """Read once; raises CueError where the file is malformed."""
    return CueBook.load_cues(Path(__file__).with_name("cues.yml"))


def speaks_of_amends(text: str) -> bool:
    """Whether a normalised text speaks of money or a gift that was promised for a trouble."""
    return dialogue_cues().hears("speaks_of_amends", text)
