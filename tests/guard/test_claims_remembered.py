"""What was read before is remembered: the memory never says anything else than reading anew would."""

import functools
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import date, timedelta
from itertools import pairwise
from string import Formatter
from typing import Any

import pytest

from app.guard import claims
from app.guard.claims import read_claims
from intents._framework.registry import load_intents

TODAY = date(2026, 11, 25)
NAMES = ("松木茶盘", "8800100004")
VALUES = ("39.9", "128", "8800100004", "12月5日", "明天18:00", "今天", "三", "5折", "松木茶盘", "24小时")
Told = list[tuple[Any, ...]]


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterable[Any]]:
    """A second copy of the reader that remembers nothing."""
    spec = importlib.util.spec_from_file_location("forgetful_claims", claims.__file__)
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "forgetful_claims", copy)
    with monkeypatch.context() as patch:
        patch.setattr(functools, "lru_cache", lambda **_: lambda work: work)
        spec.loader.exec_module(copy)
    read: Callable[..., Iterable[Any]] = copy.read_claims
    return read


def every_reply() -> list[str]:
    """Each sentence that any intent may say, with different values in its places."""
    catalogue = load_intents()
    kept = {**{key: said for intent in catalogue.values() for key, said in intent.shared.items()}}
    own = {(name, key): said for name, intent in catalogue.items() for key, said in intent.replies.items()}
    sentences = sorted({variant for said in (*kept.values(), *own.values()) for variant in said})
    return [filled(sentence, turn) for turn in range(3) for sentence in sentences]


def filled(sentence: str, turn: int) -> str:
    places = sorted({name for _, name, _, _ in Formatter().parse(sentence) if name})
    return sentence.format(**{name: VALUES[(at + turn) % len(VALUES)] for at, name in enumerate(places, len(sentence))})


def told(found: Iterable[Any]) -> Told:
    return [astuple(claim) for claim in found]


def test_every_reply_reads_the_same_again(forgetful: Callable[..., Iterable[Any]]) -> None:
    texts = every_reply()
    first = [told(read_claims(text, TODAY, NAMES)) for text in texts]

    again = [told(read_claims(text, TODAY, NAMES)) for text in texts]

    assert again == first == [told(forgetful(text, TODAY, NAMES)) for text in texts]
    assert sum(map(len, first)) > len(texts) // 4


def test_a_clause_reads_by_the_clause_before_it_wherever_it_was_read_first(
    forgetful: Callable[..., Iterable[Any]],
) -> None:
    texts = [f"{first}，{second}" for first, second in pairwise(every_reply())]
    for text in every_reply():
        read_claims(text, TODAY)

    assert [told(read_claims(text, TODAY)) for text in texts] == [told(forgetful(text, TODAY)) for text in texts]


@pytest.mark.parametrize(("before", "bound"), [("满59元，", False), ("", True)])
def test_a_condition_in_the_clause_before_still_counts(before: str, bound: bool) -> None:
    read_claims("满59元，包邮哦", TODAY)
    read_claims("包邮哦", TODAY)

    found = {claim.kind for claim in read_claims(f"{before}包邮哦", TODAY)}

    assert (claims.ClaimKind.ALWAYS_FREE in found) is bound


def test_tomorrow_is_another_day_tomorrow() -> None:
    days = [read_claims("明天发出", TODAY + timedelta(days=later))[0].value for later in (0, 1, 0)]

    assert days == [date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 26)]


def test_a_name_is_blanked_out_only_where_it_is_given() -> None:
    named = [read_claims("送您8折茶盘", TODAY, names) for names in ((), ("8折茶盘",), ())]

    assert named[0] == named[2] != named[1]
