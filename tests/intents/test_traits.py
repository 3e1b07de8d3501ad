"""An intent's traits stand in its own folder, and nowhere else."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

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
TRAITS = load_intents().traits
GIFT_WRAP = """id: gift_wrap
title: 礼品包装
stages: [presale]
group: presale
{traits}
replies:
  answer: [下单备注写上就好。]
examples: [能包成礼物吗]
"""


@pytest.fixture(scope="module")
def house() -> ModuleType:
    """The script that measures the tree."""
    loader = SourceFileLoader("house", str(ROOT / ".ci" / "house"))
    spec = spec_from_loader("house", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_no_line_outside_the_folders_names_an_intent(house: ModuleType) -> None:
    assert house.intent_lines() == []


def test_a_line_that_names_an_intent_is_found(
    house: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "intents" / "stock").mkdir(parents=True)
    (tmp_path / "intents" / "stock" / "intent.yml").touch()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "rule.py").write_text('"""stock"""\nif intent == "stock":\n    run("action_stock")\n')
    monkeypatch.setattr(house, "ROOT", tmp_path)

    assert house.intent_lines() == ["app/rule.py:2: stock", "app/rule.py:3: action_stock"]


def test_every_exception_is_still_needed(house: ModuleType) -> None:
    said = {
        path: {text for text, _ in house.string_constants(tree)} for path, tree in house.parse_modules("app", "handoff")
    }

    assert [(word, file) for word, files in house.HOMONYMS.items() for file in files if word not in said[file]] == []


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
    quickly = ["check", "--quick", str(ROOT / "faq" / "demo")]
    shipped = CliRunner().invoke(app, quickly)
    monkeypatch.setenv("XIAOER_INTENTS_DIR", str(a_home(tmp_path)))

    told = CliRunner().invoke(app, quickly)

    assert "make train" not in shipped.stdout
    assert "gift_wrap/intent.yml：模型还没有学过这个意图" in told.stdout
    assert "make train" in told.stdout
    assert told.exit_code == 0
