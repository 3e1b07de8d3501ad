"""Makes the many ways one example line is typed: drawn templates, courtesies around it, particles, typos."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.understanding.templates import Template, is_template

DRAWS = 12
PLAIN_DRAWS = 6


@dataclass(frozen=True, slots=True)
class Habits:
    """How buyers type around what they ask: words before and after it, and misspellings of a word."""

    before: Sequence[str]
    after: Sequence[str]
    misspelt: Mapping[str, Sequence[str]]


def wordings(line: str, lists: Mapping[str, Sequence[str]], habits: Habits) -> Iterator[str]:
    """The line as it stands (or drawn), then the same a little differently each time; always the same for a line."""
    chance = random.Random(line)  # noqa: S311  # training data, not secrets
    template = Template(line, lists) if is_template(line) else None
    if template is None:
        yield line
    for draw in range(DRAWS if template else PLAIN_DRAWS - 1):
        drawn = template.draw(chance) if template else line
        yield drawn if template and draw % 3 == 0 else _typed(drawn, habits, chance)


def _typed(text: str, habits: Habits, chance: random.Random) -> str:
    if chance.random() < 0.25:  # noqa: PLR2004  # shares found by trial on the dev half
        text = _misspelt(text, habits, chance)
    if chance.random() < 0.2 and len(text) > 4:  # noqa: PLR2004  # the same
        text = text.rstrip("吗呢啊呀吧么?？的了")
    if chance.random() < 0.6:  # noqa: PLR2004  # the same
        text = chance.choice(habits.before) + text
    if chance.random() < 0.3:  # noqa: PLR2004  # the same
        text += chance.choice(habits.after)
    return text


def _misspelt(text: str, habits: Habits, chance: random.Random) -> str:
    fitting = [word for word in habits.misspelt if word in text]
    if not fitting:
        return text
    word = chance.choice(fitting)
    return text.replace(word, chance.choice(habits.misspelt[word]), 1)
