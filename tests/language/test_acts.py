"""Dialogue acts are read from their data: each example is its act, each counter-example is not, and more like them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.domain.acts import NO_ACTS, Act, ActSpan, DialogueActs
from app.language.acts import ActModelError, ActReader, default_reader, negated_part
from app.language.text import normalise
from app.understanding.training.train_acts import ACTS, acts_fingerprint, collect_lines, read_act_files
from tests.builders import acts_of

FILES = read_act_files()
UNSEEN = yaml.safe_load((Path(__file__).with_name("acts.yml")).read_text(encoding="utf-8"))
LEAST_UNSEEN = 0.8
"""Share of the wordings nothing was trained on that must be read right."""
LEAST_EXAMPLES = 40


def test_every_act_has_its_file_and_enough_wordings() -> None:
    assert {file.act for file in FILES} == set(Act)
    assert all(len(file.examples) >= LEAST_EXAMPLES for file in FILES), {f.act: len(f.examples) for f in FILES}


def test_the_packaged_reader_is_trained_from_these_files() -> None:
    assert default_reader().fingerprint == acts_fingerprint(ACTS), "make train"


@pytest.mark.parametrize("act", Act)
def test_each_example_is_read_as_its_act_and_no_counter_example_is(act: Act) -> None:
    lines = collect_lines(FILES)
    missed = [line.text for line in lines if act in line.acts and act not in acts_of(line.text)]
    known = [line for line in lines if act not in line.acts and act not in line.open]
    wrong = [line.text for line in known if act in acts_of(line.text)]

    assert len(missed) <= len([line for line in lines if act in line.acts]) * 0.03, missed
    assert len(wrong) <= len(known) * 0.01, wrong


def unseen() -> Iterator[tuple[str, frozenset[Act], frozenset[Act]]]:
    for row in UNSEEN:
        does = frozenset(map(Act, str(row["does"]).split()))
        yield str(row["say"]), does, frozenset(map(Act, str(row.get("not", "")).split()))


def test_wordings_that_were_never_trained_on_are_read_right() -> None:
    trained = {line.text for line in collect_lines(FILES)}
    rows = list(unseen())
    wrong = [
        (text, sorted(acts_of(text)))
        for text, does, never in rows
        if not does <= acts_of(text).found or not never.isdisjoint(acts_of(text).found)
    ]

    assert not trained & {text for text, _, _ in rows}
    assert len(wrong) <= len(rows) * (1 - LEAST_UNSEEN), wrong


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("不是质量问题", "质量"),
        ("我不要发票", "发票"),
        ("先别转人工", "转人工"),
        ("这个不是发货的问题", "发货"),
        ("不用开票了", "开票"),
        ("不是吗", ""),
        ("不是", ""),
        ("可以", ""),
    ],
)
def test_a_negation_has_its_scope(text: str, negated: str) -> None:
    assert negated_part(text) == negated


def test_a_clause_denies_only_what_it_says() -> None:
    denies, tells = acts_of("不是质量问题，就是不喜欢").clauses

    assert Act.DENY in denies.acts
    assert denies.negated == "质量"
    assert not tells.negated


def test_the_clauses_of_a_request_are_those_that_begin_in_it() -> None:
    first = ActSpan(0, 2, frozenset({Act.AFFIRM}))
    second = ActSpan(3, 5, frozenset({Act.THANK}))
    acts = DialogueActs(frozenset({Act.AFFIRM, Act.THANK}), (first, second))

    assert acts.between(3, 5) == DialogueActs(frozenset({Act.THANK}), (second,))
    assert acts.between(9, 12) == NO_ACTS


def test_nothing_but_one_act_means_every_clause() -> None:
    assert acts_of("好的，谢谢").has_only(Act.AFFIRM, Act.THANK)
    assert not acts_of("好的，谢谢").has_only(Act.THANK)
    assert not acts_of("谢谢，什么时候发货").has_only(Act.THANK)
    assert not NO_ACTS.has_only(Act.THANK)


@pytest.mark.parametrize(
    ("typed", "act"),
    [("🙄", Act.COMPLAIN), ("[语音] 12秒", Act.AUTOMATIC), ("「满99包邮」我这单包吗", Act.QUOTE)],
)
def test_signs_that_cleaning_takes_away_still_count(typed: str, act: Act) -> None:
    assert act in default_reader().read_acts(normalise(typed), typed)


def test_any_text_is_read(tmp_path: Path) -> None:
    for text in ("", "   ", "，，，", "?", "好" * 4000, "\0", "𠮷", "1" * 500):
        default_reader().read_acts(normalise(text), text)
    with pytest.raises(ActModelError):
        ActReader.load_reader(tmp_path / "missing.npz")
