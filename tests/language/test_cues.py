"""Cues are read in their notation, and every cue that code listens for is there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dialogue.listening import dialogue_cues
from app.language.cues import CueBook, CueError
from intents._framework.registry import load_intents
from intents._framework.shared import shared_cues

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wording", "heard", "not_heard"),
    [
        ("没收到", "我没收到货", "收到没"),
        ("(能|可以)[再]退", "还可以再退吗", "能不退吗"),
        ("退款…到", "退款什么时候到", "退款吧，到了"),
        ("^退", "退一下", "能退吗"),
        ("如何$", "质量如何？", "如何清洗"),
        ("各#(个|件)", "各三个", "各个"),
        ("^(我|这个)*能退$", "这个我能退", "那个能退"),
        ("抬头是,公司", "抬头是，公司", "抬头是公司"),
        ("ai", "你是AI吧", "爱"),
    ],
)
def test_a_wording_is_heard_as_it_is_written(wording: str, heard: str, not_heard: str) -> None:
    book = CueBook.parse_cues({"cue": [wording]})

    assert book.hears("cue", heard)
    assert not book.hears("cue", not_heard)


def test_what_stands_in_unless_is_not_heard() -> None:
    book = CueBook.parse_cues({"paid": {"says": ["付了"], "unless": ["没付了"]}})

    assert book.hears("paid", "已经付了")
    assert not book.hears("paid", "还没付了")
    assert book.hears("paid", "还没付了，哦付了")


@pytest.mark.parametrize("written", [{"cue": ["(没"]}, {"cue": {"say": ["没"]}}, {"cue": []}])
def test_a_cue_that_cannot_be_read_is_an_error(written: dict[str, object]) -> None:
    with pytest.raises(CueError):
        CueBook.parse_cues(written)


def test_a_cue_of_no_such_name_is_an_error() -> None:
    with pytest.raises(CueError):
        CueBook().hears("nothing", "好的")


def test_the_first_cue_heard_is_the_first_of_the_list() -> None:
    book = CueBook.parse_cues({"one": ["退"], "two": ["货"]})

    assert book.first_heard(("two", "one"), "退货") == "two"
    assert book.first_heard(("two",), "退款") is None


def texts_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def listened_for(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("hears"):
            yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


@pytest.mark.parametrize("intent", load_intents().values(), ids=lambda intent: str(intent.id))
def test_an_action_listens_only_for_cues_that_are_there_and_for_all_of_its_own(intent: object) -> None:
    folder, cues = intent.folder, intent.cues  # type: ignore[attr-defined]
    files = sorted(folder.glob("*.py"))
    named = {name for file in files for name in listened_for(file)}
    spoken = {text for file in files for text in texts_in(file)}

    assert named <= set(cues)
    assert {name for name in cues if name not in shared_cues()} <= spoken


def test_no_shared_cue_is_listened_for_by_nobody() -> None:
    places = [*(ROOT / "intents").rglob("*.py"), *(ROOT / "app").rglob("*.py")]
    spoken = {text for file in places for text in texts_in(file)}

    assert {*shared_cues(), *dialogue_cues()} <= spoken
