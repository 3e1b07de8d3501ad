"""The sieve: a pattern it holds back matches nowhere in the text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.text import normalise
from app.understanding.entities.prefilter import PatternPrefilter, character_requirements
from app.understanding.examples import read_example_lines
from app.understanding.intent.features import canonicalize
from app.understanding.understander import Understander


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("退", ["退"]),
        ("退款|换货", ["换退", "款货"]),
        ("(什么时[候侯]|啥时).{0,5}到", ["到", "什啥", "侯候啥"]),
        (r"\d+折", [r"\d", "折"]),
        ("(没|不)?发(?!票)", ["发"]),
        ("好{2}(?=的)", ["好", "的"]),
        ("[^a]|b", []),
        ("(?i:a)", []),
        (".*|发", []),
    ],
)
def test_it_knows_the_characters_a_pattern_cannot_do_without(pattern: str, needed: list[str]) -> None:
    found = [
        "".join(sorted(need)) if need != {r"\d"} else r"\d" for need in character_requirements(re.compile(pattern))
    ]

    assert sorted(found) == sorted(needed)


def test_a_pattern_that_ignores_case_is_always_let_through() -> None:
    assert PatternPrefilter([re.compile("a", re.IGNORECASE)]).possible_matches("没有") == [0]


def test_a_digit_of_another_script_is_a_digit() -> None:
    assert PatternPrefilter([re.compile(r"\d天")]).possible_matches("٣天") == [0]


def test_no_pattern_of_the_lexicon_is_held_back_that_matches(understander: Understander) -> None:
    lexicon = understander.reader.lexicon
    heard = [canonicalize(normalise(line.text)) for line in read_example_lines()]

    missed = [
        (text, concept)
        for text in heard
        for place, (concept, pattern) in enumerate(lexicon.patterns)
        if pattern.search(text) and place not in lexicon.sieve.possible_matches(text)
    ]

    assert missed == []


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("发货退换到天月号几多少钱块元件吗不没有能会是还怎么什时候12３x买送给你他说在那 ?"),
        max_size=20,
    )
)
def test_no_jumble_of_characters_is_held_back_that_matches(understander: Understander, text: str) -> None:
    lexicon = understander.reader.lexicon
    matching = {place for place, (_, pattern) in enumerate(lexicon.patterns) if pattern.search(text)}

    assert matching <= set(lexicon.sieve.possible_matches(text))
