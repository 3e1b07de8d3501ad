"""Reads dialogue acts: a linear model over the characters and key words of each clause.

`make train` learns it from intents/_acts/*.yml. A message of several clauses is read clause by clause and as a whole,
so that 不是这个，是小号 is a correction, and 好的，谢谢 both a yes and thanks.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import add
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.domain.acts import NO_ACTS, Act, ActSpan, DialogueActs
from app.language.doubts import hopes_for_yes
from app.language.names import hide_names

Floats = npt.NDArray[np.float32]

PACKAGED = Path(__file__).with_name("acts.npz")
FORMAT = 1
LONGEST_GRAM = 4
"""Characters of the longest n-gram."""
LONGEST_WORD = 6
"""Characters of the longest key word, with the marks of start and end."""
LONGEST_WHOLE = 26
"""Characters of a message that is read as a whole, too; a longer one tells a story."""
MOST_CLAUSES = 12
MOST_READ = 60
"""Characters read of a clause."""
MOST_REMEMBERED, LONGEST_REMEMBERED = 4096, 8
"""Clauses whose acts are kept, and the characters of the longest: 好的 and 谢谢 stand in many messages."""
_CUT = re.compile(r"[,.;!，。；！~\s]+")
_UNHEARD = re.compile(r"[^\w?,]+|_")
_DIGITS = re.compile(r"\d+")
_NEGATION = re.compile(
    r"(?:我|这|那|又|也|都|并|真|可|这个|那个|根本|从来|都?说(?:了|过|的是)?)*(?:不是(?!吧)|没有|不要|不用|不想|不需要|别|没|先别|先不用|不存在|不关)(?P<what>[^吗么?]{2,})$"
)
_TAIL = re.compile(r"(?:的?(?:事|问题|意思)|了|啊|呀|哦|的|吧|哈|嘛)+$")


class ActModelError(RuntimeError):
    """The packaged model is missing or of another format; `make train` writes it anew."""


@dataclass(frozen=True, slots=True, eq=False)
class ActReader:
    """The model at run time.

    Attributes:
        rows: n-gram or key word → row of `weights`.
        weights: a row each, a column an act; the first row is all zero. bias: by act.
        signs: what stands in the typed message and is lost by cleaning (🙄, [语音], 「): act by sign.
        fingerprint: of the files it was trained from. remembered: the acts of short clauses read lately.
    """

    rows: Mapping[str, int]
    weights: Floats
    bias: Floats
    acts: tuple[Act, ...]
    signs: Mapping[str, Act]
    sign_pattern: re.Pattern[str]
    fingerprint: str
    remembered: dict[str, frozenset[Act]] = field(default_factory=dict, repr=False)

    def read_acts(self, text: str, typed: str = "", names: Sequence[str] = ()) -> DialogueActs:
        """What a normalised message does; `typed` is the message before it was cleaned, `names` what it calls goods."""
        clauses = list(find_clauses(text))
        whole = (
            [heard] if len(clauses) > 1 and len(heard := hear(hide_names(text.lower(), names))) <= LONGEST_WHOLE else []
        )
        heard_clauses = [hear(hide_names(text[start:end].lower(), names)) for start, end in clauses]
        spoken = self._predict([*heard_clauses, *whole]) if clauses else []
        spans = tuple(
            ActSpan(
                start,
                end,
                acts | _ASKING if hopes_for_yes(text[start:end]) else acts,
                negated_part(text[start:end]) if acts & _NEGATING else "",
            )
            for (start, end), acts in zip(clauses, spoken, strict=False)
        )
        signed = {self.signs[sign] for sign in self.sign_pattern.findall(typed)} if typed else ()
        found = frozenset().union(*spoken, *(each.acts for each in spans), signed)
        return DialogueActs(found, spans) if found or spans else NO_ACTS

    def _predict(self, heard: Sequence[str]) -> list[frozenset[Act]]:
        """The acts of each text; short ones, which come again and again, are remembered."""
        known = [self.remembered.get(text) for text in heard]
        new = [text for text, own in zip(heard, known, strict=True) if own is None]
        found = iter(self._predict_new(new) if new else ())
        return [next(found) if own is None else own for own in known]

    def _predict_new(self, heard: Sequence[str]) -> list[frozenset[Act]]:
        rows: list[int] = []
        starts: list[int] = []
        for text in heard:
            starts.append(len(rows))
            rows.append(0)
            rows += filter(None, map(self.rows.get, features(text)))
        scores = np.add.reduceat(self.weights.take(rows, axis=0), starts, axis=0)
        scores += self.bias
        found = [
            frozenset([act for act, score in zip(self.acts, row, strict=True) if score > 0]) for row in scores.tolist()
        ]
        self._remember(heard, found)
        return found

    def _remember(self, heard: Sequence[str], found: Sequence[frozenset[Act]]) -> None:
        if len(self.remembered) > MOST_REMEMBERED:
            self.remembered.clear()
        self.remembered.update(
            {text: acts for text, acts in zip(heard, found, strict=True) if len(text) <= LONGEST_REMEMBERED}
        )

    @classmethod
    def load_reader(cls, file: Path = PACKAGED) -> "ActReader":
        """Read a packaged model; raises ActModelError."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise ActModelError(f"{file.name} has another format")
                return cls._build_reader(stored)
        except (OSError, KeyError, ValueError) as error:
            raise ActModelError(f"{file.name} cannot be read: {error}") from error

    @classmethod
    def _build_reader(cls, stored: Mapping[str, npt.NDArray[np.generic]]) -> "ActReader":
        names = stored["names"].tobytes().decode("utf-8").split("\n")
        weights = stored["weights"].astype(np.float32) * np.float32(stored["scale"])
        signs = {sign: Act(act) for sign, act in json.loads(str(stored["signs"])).items()}
        return cls(
            rows={name: row for row, name in enumerate(names, start=1)},
            weights=np.concatenate([np.zeros((1, weights.shape[1]), dtype=np.float32), weights]),
            bias=stored["bias"].astype(np.float32),
            acts=tuple(map(Act, str(stored["acts"]).split())),
            signs=signs,
            sign_pattern=re.compile("|".join(map(re.escape, sorted(signs, key=len, reverse=True))) or r"(?!)"),
            fingerprint=str(stored["fingerprint"]),
        )


_ASKING = frozenset({Act.ASK})
_NEGATING = frozenset({Act.DENY, Act.REFUSE, Act.CORRECT, Act.WITHDRAW, Act.DECLINE_PERSON})


@cache
def default_reader() -> ActReader:
    """The packaged model, read once."""
    return ActReader.load_reader()


def find_clauses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the first clauses of a message."""
    start = count = 0
    for mark in _CUT.finditer(text):
        if mark.start() > start:
            yield start, mark.start()
            count += 1
        start = mark.end()
        if count == MOST_CLAUSES:
            return
    if start < len(text):
        yield start, len(text)


def hear(text: str) -> str:
    """Lower case, digits blurred, and of all marks only the question mark and one comma between clauses."""
    heard = _UNHEARD.sub("", _CUT.sub(",", text.lower())).strip(",")
    if len(heard) > MOST_READ:
        heard = heard[: MOST_READ // 2] + heard[-MOST_READ // 2 :]
    return _DIGITS.sub("0", heard) if _DIGITS.search(heard) else heard


def features(heard: str) -> set[str]:
    """The distinct n-grams of ^text$, long enough to hold every key word."""
    padded = f"^{heard}$"
    grams: Iterable[str] = padded
    found = set(padded)
    for size in range(1, LONGEST_WORD):
        grams = list(map(add, grams, padded[size:]))
        found.update(grams)
    return found


def negated_part(clause: str) -> str:
    """What a clause says is not so or not wanted: 质量问题 of 不是质量问题; empty where it says no more than no."""
    found = _NEGATION.match(clause)
    return _TAIL.sub("", found["what"]) or found["what"] if found else ""
