"""Names of what the environment holds."""

import pytest

from app.settings import secret_name, shop_secret


@pytest.mark.parametrize(
    ("shop", "variable"),
    [("demo", "XIAOER_SECRET_DEMO"), ("tea-house.2", "XIAOER_SECRET_TEA_HOUSE_2"), ("茶a", "XIAOER_SECRET_U8336A")],
)
def test_a_shops_secret_has_a_variable_that_any_shell_can_hold(shop: str, variable: str) -> None:
    assert secret_name(shop) == variable
    assert shop_secret(shop, {variable: " whsec_x\n"}) == "whsec_x"


def test_shops_named_in_chinese_do_not_share_one() -> None:
    assert secret_name("茶店") != secret_name("酒店")
