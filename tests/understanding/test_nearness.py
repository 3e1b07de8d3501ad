"""Answers are read to find the row that is near a question: measured on a shop of lamps."""

from pathlib import Path

import numpy as np
import pytest

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import FaqScore
from app.language.names import HiddenNames
from app.understanding.faq.evidence import EntryLetters
from app.understanding.faq.judge import MatchModelError
from app.understanding.faq.nearness import COLUMNS, AnswerNearness, load_weights
from app.understanding.lexicon import read_yaml
from app.understanding.training.nearness import ANSWERS, Example, fit_weights, read_answers
from app.understanding.training.rows import read_trades
from app.understanding.understander import ShopUnderstander, Understander

NEAR = 0.5
GOODS = (Product("L1", "折叠护眼台灯", ("台灯",), ()), Product("L2", "感应小夜灯", ("小夜灯", "夜灯"), ()))
ROWS = (
    FaqEntry("HEAT", "灯头烫不烫", "点一晚上灯头大约四十度，手碰到不会烫伤，孩子房间也放心用。"),
    FaqEntry("BATTERY", "续航多长时间", "充满电最亮一档能亮六个小时，最暗一档能亮四十个小时。"),
    FaqEntry("SHADE", "灯罩怎么清洁", "拧松底下的卡扣取下灯罩，用清水洗，晾干再装回去，灯泡别沾水。"),
    FaqEntry("REMOTE", "遥控器失灵怎么办", "换两节七号电池，对着灯长按开关五秒重新配对。"),
    FaqEntry("SHIP", "什么时候发货", "下午四点前付款的当天发出，周末顺延到周一。"),
)


@pytest.fixture(scope="module")
def lamps(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ROWS, GOODS, version="lamps")


def scores(shop: ShopUnderstander, asked: str) -> dict[str, FaqScore]:
    return {each.entry_id: each for each in shop.understand(asked).requests[0].faqs}


@pytest.mark.parametrize(
    ("asked", "row"),
    [("最亮一档能撑几个小时", "BATTERY"), ("卡扣怎么取下来", "SHADE")],
)
def test_a_row_whose_answer_tells_what_is_asked_is_near(lamps: ShopUnderstander, asked: str, row: str) -> None:
    found = scores(lamps, asked)

    assert max(found.values(), key=lambda each: each.nearness).entry_id == row
    assert found[row].nearness >= NEAR
    assert found[row].nearness > found[row].confidence


@pytest.mark.parametrize("asked", ["可以调色温吗", "有没有粉色的", "支持语音控制吗", "台灯线有多长"])
def test_no_row_is_near_what_none_answers(lamps: ShopUnderstander, asked: str) -> None:
    assert max((each.nearness for each in scores(lamps, asked).values()), default=0.0) < NEAR


def test_a_sure_row_is_as_near_as_it_is_sure(lamps: ShopUnderstander) -> None:
    best = scores(lamps, "灯头烫不烫")["HEAT"]
    assert best.nearness == best.confidence > 0.9


def test_the_nearest_row_is_given_though_others_are_likelier_by_their_wordings(understander: Understander) -> None:
    """Of many rows only the best by their wordings are given; the nearest comes behind them."""
    rows = [FaqEntry(f"P{place}", f"{place}号礼盒可以{each}吗", "可以。") for place, each in enumerate("刻绣印画染镶")]
    rows.append(FaqEntry("HOT", "夏天运输", "路上加冰袋和泡沫箱，到手还是凉的，化了拍照就赔。"))
    shop = understander.build_shop_understander(rows, (), version="boxes")

    *before, last = shop.understand("化了可以赔吗").requests[0].faqs

    assert last.entry_id == "HOT"
    assert last.nearness > max(each.nearness for each in before)


def test_goods_that_both_name_bring_no_clause_near(understander: Understander) -> None:
    rows = [FaqEntry("WASH", "怎么洗", "感应小夜灯别沾水。"), FaqEntry("OFF", "怎么关", "长按三秒。")]
    asked = understander.reader.analyze("感应小夜灯多重")
    assert asked.vector is not None

    vector = asked.vector

    def clause(names: HiddenNames) -> float:
        read = AnswerNearness(rows, EntryLetters(rows, names), names, understander.reader.encoder)
        columns = read.describe_entries(asked, vector, [0, 1], np.zeros(2))
        return float(columns[0, COLUMNS.index("clause")])

    assert clause(HiddenNames(["感应小夜灯"])) < clause(HiddenNames()) - 0.1


def test_weights_of_other_columns_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "nearness.npz"
    np.savez_compressed(file, columns=np.asarray(["odds"]), weights=np.ones(1))
    with pytest.raises(MatchModelError):
        load_weights(file)


def test_what_tells_the_row_that_is_meant_is_learnt() -> None:
    """Of two entries that is meant whose answer is more alike; where neither is alike, none is."""
    clause, always = COLUMNS.index("clause"), COLUMNS.index("always")

    def draw(chance: np.random.Generator) -> Example:
        meant = int(chance.integers(-1, 2))
        columns = chance.normal(0.2, 0.05, (2, len(COLUMNS)))
        columns[:, always] = 1
        if meant >= 0:
            columns[meant, clause] += 0.4
        return Example(columns, meant)

    chance = np.random.default_rng(1)
    weights = fit_weights([draw(chance) for _ in range(400)])

    assert weights[clause] > 5
    assert weights[clause] * 0.2 + weights[always] < 0 < weights[clause] * 0.6 + weights[always]


def test_answers_are_of_rows_that_stand() -> None:
    """An answer whose row was worded anew would be learnt from no more."""
    written = sum(len(rows) for rows in read_yaml(ANSWERS).values())
    assert len(read_answers(read_trades(for_matcher=True))) == written
