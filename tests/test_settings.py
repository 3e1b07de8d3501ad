"""Names of what the environment holds."""

import pytest

from app.settings import find_secret_problems, secret_name, shop_secret, shop_secrets

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 8


@pytest.mark.parametrize(
    ("shop", "variable"),
    [("demo", "XIAOER_SECRET_DEMO"), ("tea-house.2", "XIAOER_SECRET_TEA_HOUSE_2"), ("茶a", "XIAOER_SECRET_U8336A")],
)
def test_a_shops_secret_has_a_variable_that_any_shell_can_hold(shop: str, variable: str) -> None:
    assert secret_name(shop) == variable
    assert shop_secret(shop, {variable: f" {SECRET}\n"}) == SECRET


def test_shops_named_in_chinese_do_not_share_one() -> None:
    assert secret_name("茶店") != secret_name("酒店")


def test_a_secret_being_replaced_is_two_the_new_one_first() -> None:
    held = {"XIAOER_SECRET_DEMO": f"{OTHER}, {SECRET}"}

    assert shop_secrets("demo", held) == (OTHER, SECRET)
    assert shop_secret("demo", held) == OTHER


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("whsec_QUJD", "holds 3 bytes"),
        ("abc", "not base64"),
        ("whsec_!!!!", "not base64"),
        ("whsec_", "holds 0 bytes"),
        ("whsec_" + "QUJD" * 22, "holds 66 bytes"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", "not base64"),
        ("password", "holds 6 bytes"),
        (f"{SECRET},whsec_QUJD", "holds 3 bytes"),
        (",".join([SECRET] * 5), "5 secrets"),
    ],
)
def test_a_weak_or_malformed_secret_is_named_with_its_variable_and_never_shown(secret: str, problem: str) -> None:
    found = find_secret_problems({"XIAOER_SECRET_DEMO": secret, "XIAOER_SECRET_FINE": SECRET})

    assert list(found) == ["XIAOER_SECRET_DEMO"]
    assert problem in found["XIAOER_SECRET_DEMO"]
    assert secret not in found["XIAOER_SECRET_DEMO"]


@pytest.mark.parametrize("secret", ["whsec_QUJD", "whsec_!!!!", "whsec_"])
def test_a_weak_secret_opens_no_door(secret: str) -> None:
    assert shop_secrets("demo", {"XIAOER_SECRET_DEMO": secret}) == ()


def test_good_secrets_and_none_at_all_are_no_problem() -> None:
    assert find_secret_problems({"XIAOER_SECRET_DEMO": SECRET, "XIAOER_SECRET_B": "", "OTHER": "x"}) == {}
