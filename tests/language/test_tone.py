"""The same sentence in shops that call their buyers 亲 and 您."""

import pytest

from app.language.tone import apply_tone


@pytest.mark.parametrize(
    ("variant", "formal"),
    [
        ("{address}，有货的。", "您好，有货的。"),
        ("谢谢{address}，收到了。", "谢谢您，收到了。"),
        ("好的{address}，收到了。", "好的，收到了。"),
        ("收到了。{address}，请稍等。", "收到了。您好，请稍等。"),
        ("再见{address}！", "再见！"),
    ],
)
def test_a_formal_shop_calls_nobody_dear(variant: str, formal: str) -> None:
    assert apply_tone(variant, "您", emoji=False) == formal


def test_a_shop_that_calls_its_buyers_dear_keeps_the_call() -> None:
    assert apply_tone("{address}，有货的😊", "亲", emoji=False) == "{address}，有货的"
    assert apply_tone("{address}，有货的😊", "亲", emoji=True) == "{address}，有货的😊"
