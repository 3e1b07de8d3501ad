"""Intents are found by their folders, and a mistake in one is told with its file and key."""

import re
import textwrap
from pathlib import Path

import pytest

from intents._framework.policy import PolicyAction
from intents._framework.registry import load_intents
from intents._framework.schema import IntentInvalidError, read_head

IDS = {
    "shipping_time", "stock", "promotion", "bargaining", "delivery_urging", "arrival_time", "logistics_status",
    "shipping_fee", "courier", "ship_from", "product_question", "price_question", "how_to_buy", "payment", "invoice",
    "modify_order", "cancel_order", "return_refund", "wrong_or_missing_item", "quality_issue", "price_protection",
    "warranty_repair", "review", "complaint", "human_agent", "greeting", "acknowledgement", "account", "other",
    "unclear",
}  # fmt: skip

GOOD = """
id: loan
title: 借伞
stages: [presale]
group: presale
replies:
  answer: 可以借伞的，到店就能借。
checks:
  - {say: 能借伞吗, action: answer, intent: loan, contains: [借]}
examples:
  - 能借伞吗
counter_examples:
  - {text: 伞多少钱, intent: price_question}
"""
ACTION = """
from app.domain.outcome import Outcome
from intents._framework.contract import IntentAction

class LoanAction(IntentAction):
    intent = "loan"

    async def answer(self, case):
        return Outcome(text="好的")
"""


def a_folder(home: Path, text: str = GOOD, *, intent: str = "loan", action: str = "") -> Path:
    """A folder of intents with one in it."""
    (home / intent).mkdir(parents=True, exist_ok=True)
    (home / intent / "intent.yml").write_text(text, encoding="utf-8")
    if action:
        (home / intent / "action.py").write_text(action, encoding="utf-8")
    return home


def problems_of(home: Path) -> str:
    with pytest.raises(IntentInvalidError) as error:
        load_intents(home)
    return str(error.value)


def test_every_intent_of_the_design_is_there():
    assert set(load_intents()) == IDS


def test_an_added_folder_is_an_added_intent(tmp_path):
    loan = load_intents(a_folder(tmp_path))["loan"]

    assert loan.title == "借伞"
    assert loan.replies["answer"] == ("可以借伞的，到店就能借。",)
    assert issubclass(loan.action, PolicyAction)
    assert loan.action().name() == "action_loan"


def test_its_action_is_found_in_action_py(tmp_path):
    loan = load_intents(a_folder(tmp_path, action=ACTION))["loan"]

    assert loan.action.__name__ == "LoanAction"


def test_its_language_is_read_when_asked_for(tmp_path):
    language = load_intents(a_folder(tmp_path))["loan"].load_language()

    assert language.examples == ("能借伞吗",)
    assert language.counter_examples[0].intent == "price_question"


def test_broken_training_lines_do_not_keep_the_service_from_starting(tmp_path):
    home = a_folder(tmp_path, GOOD.replace("  - 能借伞吗\n", "  - [能借伞吗\n"))

    loan = load_intents(home)["loan"]

    with pytest.raises(IntentInvalidError, match=r"loan/intent.yml：不是正确的 YAML（第 \d+ 行）"):
        loan.load_language()


def test_head_keys_below_the_training_lines_are_read_too(tmp_path):
    home = a_folder(tmp_path, GOOD + "group: aftersale\n".replace("group", "facts_first").replace("aftersale", "true"))

    assert load_intents(home).traits["loan"].facts_first is True


def test_an_unknown_key_is_named_with_its_file(tmp_path):
    assert "loan/intent.yml：titel：没有这个键" in problems_of(a_folder(tmp_path, GOOD + "titel: 借\n"))


def test_a_missing_key_is_named(tmp_path):
    assert "loan/intent.yml：title：缺少这个键" in problems_of(a_folder(tmp_path, GOOD.replace("title: 借伞\n", "")))


def test_an_unknown_group_is_named(tmp_path):
    assert "loan/intent.yml：group" in problems_of(a_folder(tmp_path, GOOD.replace("group: presale", "group: nobody")))


def test_an_id_must_be_the_folders_name(tmp_path):
    assert "写成 borrow" in problems_of(a_folder(tmp_path, intent="borrow"))


def test_an_action_of_another_intent_is_refused(tmp_path):
    other = ACTION.replace('intent = "loan"', 'intent = "stock"')

    assert "loan/action.py：intent：应写成 loan" in problems_of(a_folder(tmp_path, action=other))


def test_an_action_py_without_an_action_is_refused(tmp_path):
    assert "现有 0 个" in problems_of(a_folder(tmp_path, action="x = 1\n"))


@pytest.mark.parametrize(
    ("code", "told"), [("def broken(:\n", "SyntaxError，第 1 行"), ("import nowhere\n", "ModuleNotFound")]
)
def test_an_action_py_that_does_not_load_is_named(tmp_path, code, told):
    assert f"loan/action.py：载入失败（{told}" in problems_of(a_folder(tmp_path, action=code))


def test_all_problems_of_all_folders_are_told_at_once(tmp_path):
    a_folder(tmp_path, "id: loan\n")
    told = problems_of(a_folder(tmp_path, "- a list\n", intent="rent"))

    assert "loan/intent.yml：title" in told
    assert "loan/intent.yml：stages" in told
    assert "rent/intent.yml" in told


def test_a_folder_without_an_intent_yml_is_no_intent(tmp_path):
    (tmp_path / "notes").mkdir()

    assert list(load_intents(a_folder(tmp_path))) == ["loan"]


def test_a_check_with_an_unknown_action_is_refused(tmp_path):
    told = problems_of(a_folder(tmp_path, GOOD.replace("action: answer", "action: shout")))

    assert "loan/intent.yml：checks.0.action" in told


@pytest.mark.parametrize("intent", sorted(IDS))
def test_an_intents_folder_holds_what_a_shop_needs(intent):
    definition = load_intents()[intent]

    assert definition.checks, "no check says how it must go"
    assert definition.stages
    assert read_head(definition.folder / "intent.yml").id == intent


def test_the_guides_own_example_is_an_intent(tmp_path):
    guide = (Path(__file__).parents[2] / "intents" / "README.md").read_text(encoding="utf-8")
    text = textwrap.dedent(next(block for block in blocks(guide, "yaml") if "id: gift_wrap" in block))
    action = next(block for block in blocks(guide, "python"))

    wrapping = load_intents(a_folder(tmp_path, text, intent="gift_wrap", action=action))["gift_wrap"]

    assert wrapping.action.__name__ == "GiftWrapAction"
    assert wrapping.load_language().counter_examples[0].intent == "quality_issue"


def blocks(guide: str, language: str) -> list[str]:
    """The guide's fenced blocks in a language."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", guide, flags=re.DOTALL | re.MULTILINE)
