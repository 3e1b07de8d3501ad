"""Several requests in one message."""

import pytest

from app.understanding.understander import Understander


def intents(understander: Understander, text: str) -> list[str]:
    shop = understander.build_shop_understander([], [], version="test")
    return [request.intents[0].intent for request in shop.understand(text).requests]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("什么时候发货，能便宜点吗", ["shipping_time", "bargaining"]),
        ("有货吗？发什么快递？", ["stock", "courier"]),
        ("可以开发票吗 几天能到", ["invoice", "arrival_time"]),
        ("包邮吗有优惠券吗", ["shipping_fee", "promotion"]),
        ("你好，帮我改下地址。另外什么时候发货呀", ["modify_order", "shipping_time"]),
        ("多少钱啊包邮吗", ["price_question", "shipping_fee"]),
    ],
)
def test_each_thing_asked_is_its_own_request(understander: Understander, text: str, asked: list[str]) -> None:
    assert intents(understander, text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "什么时候发货",
        "你好，在吗，请问什么时候发货呀",
        "好的，谢谢",
        "亲，我昨天买的，怎么还不发货啊，都三天了",
        "什么时候发货？今天能发吗？",
        "我想退货，衣服太大了，怎么退",
        "",
        "？？？",
        "1,299卖不卖",
        "扫地机器人包邮吗",
    ],
)
def test_one_request_is_the_whole_message(understander: Understander, text: str) -> None:
    understood = understander.build_shop_understander([], [], version="test").understand(text)

    assert [request.text for request in understood.requests] == [understood.normalised]


def test_entities_go_to_the_request_that_names_them(understander: Understander) -> None:
    understood = understander.build_shop_understander([], [], version="test").understand("能发顺丰吗？便宜10块行不行")

    assert [[entity.text for entity in request.entities] for request in understood.requests] == [["顺丰"], ["便宜10块"]]


def test_a_price_is_not_cut_at_its_comma(understander: Understander) -> None:
    understood = understander.build_shop_understander([], [], version="test").understand("发什么快递,1,299卖不卖")

    assert [[entity.text for entity in request.entities] for request in understood.requests] == [[], ["1,299卖不卖"]]
