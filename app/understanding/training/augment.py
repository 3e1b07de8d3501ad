"""Makes the many ways one example line is typed: drawn templates, courtesies around it, particles, typos."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.understanding.templates import Template, is_template

DRAWS = 20
PLAIN_DRAWS = 4
MISSPELLING_RATE, CLIPPING_RATE, DROPPING_RATE, OPENING_RATE, PREFIX_RATE, SUFFIX_RATE = 0.25, 0.2, 0.3, 0.15, 0.6, 0.3
"""Shares of wordings each habit is applied to, found by trial on the half of the measuring data that may be read."""
_SHORT = 5
_PARTICLES = "吗呢啊呀吧么?？的了"


@dataclass(frozen=True, slots=True)
class Habits:
    """How buyers type around what they ask.

    Attributes:
        before, after: words around it. openings: whole courtesies that a request follows.
        misspelt: a word → how else it is typed.
    """

    before: Sequence[str]
    after: Sequence[str]
    misspelt: Mapping[str, Sequence[str]]
    openings: Sequence[str] = ()


def generate_wordings(line: str, lists: Mapping[str, Sequence[str]], habits: Habits) -> Iterator[str]:
    """The line as it stands (or drawn), then the same a little differently each time; always the same for a line."""
    chance = random.Random(line)  # noqa: S311  # training data, not secrets
    template = Template(line, lists) if is_template(line) else None
    if template is None:
        yield line
    for draw in range(DRAWS if template else PLAIN_DRAWS - 1):
        drawn = template.draw_wording(chance) if template else line
        yield drawn if template and draw % 3 == 0 else vary_text(drawn, habits, chance)


def vary_text(text: str, habits: Habits, chance: random.Random) -> str:
    """The text typed a little differently."""
    if chance.random() < MISSPELLING_RATE:
        text = _misspell_word(text, habits, chance)
    if chance.random() < CLIPPING_RATE and len(text) >= _SHORT:
        text = text.rstrip(_PARTICLES)
    if chance.random() < PREFIX_RATE:
        text = chance.choice(habits.before) + text
    if chance.random() < SUFFIX_RATE:
        text += chance.choice(habits.after)
    if chance.random() < DROPPING_RATE and len(text) > _SHORT:
        text = _drop_characters(text, chance)
    if habits.openings and chance.random() < OPENING_RATE:
        text = chance.choice(habits.openings) + chance.choice(("", " ", ",")) + text
    return text


def _misspell_word(text: str, habits: Habits, chance: random.Random) -> str:
    fitting = [word for word in habits.misspelt if word in text]
    if not fitting:
        return text
    word = chance.choice(fitting)
    return text.replace(word, chance.choice(habits.misspelt[word]), 1)


def _drop_characters(text: str, chance: random.Random) -> str:
    """Without a character or two: the model learns not to lean on a single one."""
    at = chance.randrange(1, len(text) - 2)
    return text[:at] + text[at + chance.choice((1, 1, 2)) :]
