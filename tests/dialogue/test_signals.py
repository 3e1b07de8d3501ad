"""Risk words and anger."""

import pytest

from app.dialogue.signals import SignalDetector


@pytest.mark.parametrize("text", ["我要打12315投诉你们", "等着收律师函", "我用了过敏了", "再不退我就去消协"])
def test_risk_words_are_heard(text: str) -> None:
    assert SignalDetector().detect_signals(text).risk


@pytest.mark.parametrize("text", ["你们是骗子吧", "气死我了", "什么态度", "垃圾店铺垃圾客服"])
def test_anger_is_heard(text: str) -> None:
    assert SignalDetector().detect_signals(text).anger


@pytest.mark.parametrize("text", ["不是骗子吧", "会不会过敏呀", "没有过敏", "什么时候发货", "垃圾桶有货吗", "怕过敏"])
def test_what_is_denied_or_harmless_is_not(text: str) -> None:
    heard = SignalDetector().detect_signals(text)

    assert (heard.risk, heard.anger) == (None, None)


def test_a_shop_adds_its_own_risk_words() -> None:
    assert SignalDetector(["平台介入"]).detect_signals("我申请平台介入了").risk == "平台介入"
