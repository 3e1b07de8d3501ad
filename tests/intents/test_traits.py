"""An intent's traits stand in its own folder, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from app.cli import app
from app.domain.catalogue import OrderState
from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.main import build_components
from app.settings import Settings
from intents._framework.registry import IntentInvalidError, load_intents

ROOT = Path(__file__).parents[2]
IDS = frozenset(load_intents())
TRAITS = load_intents().traits
# Words that are an intent's id and the name of something else, by the files that mean the other thing.
HOMONYMS = {
    "stock": {"app/domain/fact.py", "app/shop/goods.py", "app/shop/sources.py", "handoff/snapshot.py"},  # a column
    "courier": {  # a column, an entity, a word in sentences
        "app/domain/understanding.py",
        "app/shop/orders.py",
        "app/understanding/lexicon.py",
        "handoff/order_fields.py",
        "handoff/snapshot.py",
    },
    "promotion": {  # a fact, a commitment
        "app/commands/tickets.py",
        "app/domain/fact.py",
        "handoff/promises.py",
        "handoff/snapshot.py",
    },
    "complaint": {"app/domain/decision.py", "handoff/brief.py"},  # a reason, a flag
    "bargaining": {"app/shop/settings.py"},  # a section of shop.yml
    "other": {"app/language/choices.py"},  # the choice that was not made before
}
GIFT_WRAP = """id: gift_wrap
title: 礼品包装
stages: [presale]
group: presale
{traits}
replies:
  answer: [下单备注写上就好。]
examples: [能包成礼物吗]
"""


def strings(file: Path) -> Iterator[tuple[str, int]]:
    """The string constants of a module that are no docstrings, with their lines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value, node.lineno


@pytest.mark.parametrize("room", ["app", "handoff"])
def test_no_line_outside_the_folders_names_an_intent(room: str) -> None:
    named = [
        f"{place}:{line}: {text}"
        for file in sorted((ROOT / room).rglob("*.py"))
        for text, line in strings(file)
        if text.removeprefix("action_") in IDS
        and (place := file.relative_to(ROOT).as_posix()) not in HOMONYMS.get(text, ())
    ]

    assert named == []


def test_every_exception_is_still_needed() -> None:
    for word, files in HOMONYMS.items():
        for file in files:
            assert word in {text for text, _ in strings(ROOT / file)}, (word, file)


def test_every_role_is_held() -> None:
    assert {role for role in IntentRole if TRAITS.find_holder(role) is None} == set()


def test_two_folders_may_not_hold_one_role(tmp_path: Path) -> None:
    for name in ("gift_wrap", "gift_wrap_too"):
        (tmp_path / name).mkdir()
        text = GIFT_WRAP.format(traits="role: welcome").replace("id: gift_wrap", f"id: {name}")
        (tmp_path / name / "intent.yml").write_text(text, encoding="utf-8")

    with pytest.raises(IntentInvalidError, match=r"gift_wrap_too/intent.yml：role：welcome 已经是 gift_wrap 的"):
        load_intents(tmp_path)


def a_home(tmp_path: Path, traits: str = "") -> Path:
    """A folder of intents beside the shipped ones, as a shop's developer would have it."""
    for folder in (ROOT / "intents").iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    (tmp_path / "gift_wrap").mkdir()
    (tmp_path / "gift_wrap" / "intent.yml").write_text(GIFT_WRAP.format(traits=traits), encoding="utf-8")
    return tmp_path


def test_a_new_folder_says_its_own_traits(tmp_path: Path) -> None:
    traits = "kin: trouble\nquotes_bulk: true\nlikely_when: [paid]\nabout: [goods, variant]"

    found = load_intents(a_home(tmp_path, traits)).traits

    assert found["gift_wrap"] == IntentTraits(
        "礼品包装",
        about_variants=True,
        quotes_bulk=True,
        likely_when=frozenset({OrderState.PAID}),
        kin="trouble",
    )
    assert "return_refund" in found.kin_intents("gift_wrap")
    assert "gift_wrap" in found.kin_intents("return_refund")


def test_the_folders_say_who_is_kept_for_people_where_the_shop_does_not() -> None:
    directory = IntentDirectory({"a": IntentTraits("甲", kept_for_people=True), "b": IntentTraits("乙")})

    assert directory.reserved_intents(None) == {"a"}
    assert directory.reserved_intents(("b",)) == {"b"}
    assert directory.reserved_intents(()) == frozenset()


async def test_an_intent_the_model_never_learned_is_told_at_the_start(tmp_path: Path) -> None:
    home = tmp_path / "intents"
    home.mkdir()
    settings = Settings(intents_dir=a_home(home), shops_dir=tmp_path / "none", state_dir=tmp_path)

    with capture_logs() as told:
        parts = await build_components(settings)
    await parts.close()

    assert [line for line in told if line.get("cure") == "make train"] == [
        {
            "event": "intents are never predicted: the model was not trained on them",
            "intents": ["gift_wrap"],
            "cure": "make train",
            "log_level": "warning",
        }
    ]


async def test_the_shipped_intents_are_all_trained(tmp_path: Path) -> None:
    with capture_logs() as told:
        parts = await build_components(Settings(shops_dir=tmp_path / "none", state_dir=tmp_path))
    await parts.close()

    assert [line for line in told if line["log_level"] == "warning"] == []


def test_check_tells_of_an_untrained_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_INTENTS_DIR", str(a_home(tmp_path)))

    told = CliRunner().invoke(app, ["check", str(ROOT / "faq" / "demo")])

    assert "gift_wrap/intent.yml：模型还没有学过这个意图" in told.stdout
    assert "make train" in told.stdout
    assert told.exit_code == 0
