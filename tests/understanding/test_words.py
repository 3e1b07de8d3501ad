"""Names and words of the trade inside other words: what a buyer says is cut into words where characters mislead."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.dialogue.signals import SignalDetector
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product, Sku
from app.domain.understanding import EntityKind, Understanding
from app.language.segment import Segmenter
from app.understanding.lookalikes import LookalikeFinder, Lookalikes
from app.understanding.understander import ShopUnderstander, Understander

ELSEWHERE = frozenset({EntityKind.PLACE, EntityKind.COURIER})
WRITTEN: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("word_traps.yml").read_text(encoding="utf-8"))
TRAPS = [(row["shop"], text, frozenset(row["never"])) for row in WRITTEN["traps"] for text in row["texts"]]
MEANT = [(row["shop"], text, row["is"]) for row in WRITTEN["same_words_meant"] for text in row["texts"]]
UPSET = frozenset({Act.COMPLAIN, Act.CANCEL, Act.CLAIM, Act.DECLINE_PERSON, Act.AUTOMATIC})
Shops = Mapping[str, ShopUnderstander]


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    sofa = Product("P1", "布艺沙发", ("沙发",), (Sku("S1", "P1", "布艺沙发", (), Decimal(999), None, 1),))
    return understander.build_shop_understander([], [sofa], version="words")


@pytest.mark.parametrize(
    "text",
    [
        "长沙发多少钱",
        "晚上海鲜还新鲜吗",
        "什么颜色都能做成都行",
        "集中通知一下",
        "其中通用的是哪个",
        "其中通风好的是哪款",
        "有没有海口味的",
        "大连衣裙有吗",
        "今天水果新鲜吗",
        "这几天津贴活动还有吗",
        "小中山装有吗",
        "人民币能付吗",
        "上海拔三千米能用吗",
        "鞋底西安装方便吗",
        "开封后怎么保存",
        "日照多的阳台能放吗",
        "和图上大同小异吧",
        "长春花种子有吗",
    ],
)
def test_no_place_or_courier_is_made_of_parts_of_two_words(shop: ShopUnderstander, text: str) -> None:
    assert [entity.text for entity in shop.understand(text).entities if entity.kind in ELSEWHERE] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("能寄到长沙吗", "长沙"),
        ("上海几天能到", "上海"),
        ("发成都要多少邮费", "成都"),
        ("用中通发可以吗", "中通"),
        ("从北京发的吗", "北京"),
        ("山东烟台能送到吗", "山东"),
    ],
)
def test_the_same_names_by_themselves_are_found(shop: ShopUnderstander, text: str, named: str) -> None:
    assert named in [entity.text for entity in shop.understand(text).entities]


def _titled(number: int, title: str) -> Product:
    sku = Sku(f"S{number}", f"P{number}", title, (), Decimal(9), None, 1)
    return Product(sku.product_id, title, (), (sku,))


@pytest.fixture(scope="module")
def shops(understander: Understander) -> Shops:
    return {
        name: understander.build_shop_understander(
            [FaqEntry(f"F{number}", question, "答案") for number, question in enumerate(own["faq"])],
            [_titled(number, title) for number, title in enumerate(own["goods"])],
            version="words",
        )
        for name, own in WRITTEN["shops"].items()
    }


def _intents(read: Understanding) -> set[str]:
    whole = [read.whole] if read.whole else []
    return {request.intents[0].intent for request in (*read.requests, *whole)}


@pytest.mark.parametrize(("shop_name", "text", "never"), TRAPS, ids=lambda each: each if isinstance(each, str) else "")
def test_a_word_inside_a_name_is_not_said(shops: Shops, shop_name: str, text: str, never: frozenset[str]) -> None:
    read = shops[shop_name].understand(text)
    signals = SignalDetector().detect_signals(read.normalised, read.names)

    assert not _intents(read) & never
    assert not read.acts.found & UPSET
    assert (signals.risk, signals.anger) == (None, None)


@pytest.mark.parametrize(("shop_name", "text", "intent"), MEANT)
def test_the_same_word_is_heard_where_it_is_meant(shops: Shops, shop_name: str, text: str, intent: str) -> None:
    read = shops[shop_name].understand(text).whole

    assert read is not None
    assert read.intents[0].intent == intent


@pytest.mark.parametrize(
    ("shop_name", "text", "risk"),
    [("safety", "我要报警了", "报警"), ("safety", "用了烫伤膏过敏了", "过敏"), ("empty", "被杯子烫伤了", "烫伤")],
)
def test_a_risk_is_heard_outside_of_names(shops: Shops, shop_name: str, text: str, risk: str) -> None:
    read = shops[shop_name].understand(text)

    assert SignalDetector().detect_signals(read.normalised, read.names).risk == risk


def test_words_keep_traps_shut_that_characters_fall_into(shops: Shops) -> None:
    """Of 135 traps: by characters alone, with the goods that the catalogue names, and with all words."""
    nothing = LookalikeFinder(
        frozenset(), {}, Segmenter(), Lookalikes(*[frozenset[str]()] * len(Lookalikes.__dataclass_fields__))
    )
    without_words = {name: replace(shop, lookalikes=nothing, name=object()) for name, shop in shops.items()}

    fallen = {
        "characters": sum(_intent_of_characters(shops[name], text) in never for name, text, never in TRAPS),
        "names": sum(bool(_intents(without_words[name].understand(text)) & never) for name, text, never in TRAPS),
        "words": sum(bool(_intents(shops[name].understand(text)) & never) for name, text, never in TRAPS),
    }

    assert fallen["words"] == 0
    assert fallen["names"] >= 10
    assert fallen["characters"] >= 40


def _intent_of_characters(shop: ShopUnderstander, text: str) -> str:
    return shop.reader.model.intents[int(shop.reader.analyze(text).probabilities.argmax())]
