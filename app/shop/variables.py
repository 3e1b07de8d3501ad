"""Variables in answers: {{店铺名}} and the others of variables.yml."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from app.shop.schema import ShopSettings

_VARIABLE = re.compile(r"\{\{\s*([^{}]{0,40}?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """What an answer may name: the shop's settings, the goods and the order in question, the buyer."""

    settings: ShopSettings
    product_title: str = ""
    buyer: str = ""
    order: str = ""


@cache
def _variables() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found


def list_variables() -> tuple[str, ...]:
    """The names an answer may write."""
    return tuple(each["name"] for each in _variables().values())


def find_variables(text: str) -> tuple[str, ...]:
    """The names the text writes, known or not."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text))) if "{{" in text else ()


def find_unfillable(text: str, settings: ShopSettings) -> tuple[str, ...]:
    """Known names in the text for which shop.yml has no value."""
    missing = _variables()["ship_limit"]["name"] if settings.authority.shipping is None else None
    return tuple(name for name in find_variables(text) if name == missing)


def check_variables(text: str, settings: ShopSettings | None, note_error: Callable[[str], None]) -> None:
    """Notes each name in the text that nothing fills."""
    known = list_variables()
    for name in find_variables(text):
        if name not in known:
            listed = " ".join(f"{{{{{each}}}}}" for each in known)
            note_error(f"不认识变量“{{{{{name}}}}}”，买家会看到原样的括号。可以写：{listed}。")
    for name in find_unfillable(text, settings) if settings else ():
        note_error(f"用了“{{{{{name}}}}}”，shop.yml 却没有写 authority.shipping（发货承诺），请补上或改掉这个变量。")


def fill_variables(text: str, context: QuoteContext) -> str:
    """The text with every known variable filled, and {address} as the shop calls its buyers."""
    if "{" not in text:
        return text
    values = _list_values(context)
    filled = _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)
    return filled.replace("{address}", context.settings.tone.address)


def _list_values(context: QuoteContext) -> dict[str, str]:
    variables, shipping = _variables(), context.settings.authority.shipping
    limit = variables["ship_limit"]["words"].format(hours=shipping.within_hours) if shipping else ""
    return {
        variables["shop_name"]["name"]: context.settings.name,
        variables["ship_limit"]["name"]: limit,
        variables["product_title"]["name"]: context.product_title or variables["product_title"]["otherwise"],
        variables["buyer"]["name"]: context.buyer or variables["buyer"]["otherwise"],
        variables["order"]["name"]: context.order or variables["order"]["otherwise"],
    }
