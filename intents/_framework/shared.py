"""The cues that every intent hears, from intents/cues.yml."""

from functools import cache
from pathlib import Path

from app.language.cues import CueBook


@cache
def shared_cues() -> CueBook:
    """Read once; raises CueError where the file is malformed."""
    return CueBook.load_cues(Path(__file__).parents[1] / "cues.yml")
