"""What a shop corrects is read so at once, and what is near it, too; what is guarded and what contradicts it is not."""

from datetime import date

import pytest

from app.domain.catalogue import FaqEntry
from app.domain.correction import NO_ENTRY, Correction
from app.understanding.understander import ShopUnderstander, Understander

ENTRIES = [
    FaqEntry("wash", "可以机洗吗", "亲，请手洗。", ("能放洗衣机吗",), category="商品咨询"),
    FaqEntry("invoice", "能开发票吗", "亲，可以开。", ("给不给开票",), category="发票"),
    FaqEntry("gift", "买一送一怎么领", "亲，自动送。", valid_from=date(2026, 5, 1), valid_to=date(2026, 5, 7)),
    FaqEntry("scale", "包装里有量杯吗", "亲，有的。"),
]
WASH = "这个进水了转几圈没事吧"


@pytest.fixture(scope="module")
def plain(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ENTRIES, [], version="v")


def corrected(plain: ShopUnderstander, *given: Correction, guarded: frozenset[str] = frozenset()) -> ShopUnderstander:
    return plain.learn_corrections(given, guarded)


def best(shop: ShopUnderstander, text: str) -> tuple[str, float]:
    score = shop.understand(text).requests[0].intents[0]
    return score.intent, score.confidence


def rows(shop: ShopUnderstander, text: str, **more: date) -> dict[str, float]:
    return {row.entry_id: row.confidence for row in shop.understand(text, **more).requests[0].faqs}


def test_the_very_words_are_read_as_they_were_corrected(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", WASH, faq="wash"))

    assert rows(plain, WASH).get("wash", 0.0) < 0.62
    assert rows(own, WASH)["wash"] >= 0.97
    assert rows(own, "亲，" + WASH + "呀")["wash"] >= 0.97
    assert best(own, WASH)[0] == "product_question"


def test_an_intent_is_corrected_and_the_rows_of_others_step_back(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "给不给开票", "return_refund"))

    assert best(own, "给不给开票") == ("return_refund", pytest.approx(0.97, abs=0.03))
    assert rows(own, "给不给开票")["invoice"] < 0.1
    assert rows(plain, "给不给开票")["invoice"] > 0.9


def test_the_rows_of_the_corrected_intent_stay(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "给不给开票", "invoice"))

    assert rows(own, "给不给开票")["invoice"] == pytest.approx(rows(plain, "给不给开票")["invoice"], abs=0.01)


def test_what_is_near_is_moved_the_same_way_and_less(plain: ShopUnderstander) -> None:
    said, near, far = "东西能放进洗衣机转吗", "东西可以放进洗衣机里转吗", "今天能发货吗"
    own = corrected(plain, Correction("1", said, "warranty_repair", NO_ENTRY))

    moved = {score.intent: score.confidence for score in own.understand(near).requests[0].intents}
    assert 0.2 < moved["warranty_repair"] < best(own, said)[1]
    assert rows(own, near)["wash"] < rows(plain, near)["wash"]
    assert own.understand(far).requests == plain.understand(far).requests


def test_what_denies_the_corrected_words_is_left_alone(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "东西可以放进洗衣机吗", "warranty_repair"))

    assert own.understand("东西不可以放进洗衣机吗").requests == plain.understand("东西不可以放进洗衣机吗").requests


def test_no_row_at_all_can_be_right(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "可以机洗吗", faq=NO_ENTRY))

    assert rows(own, "可以机洗吗")["wash"] < 0.1


def test_a_row_that_is_not_in_force_is_not_told(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "那个赠品呢", faq="gift"))

    assert "gift" not in rows(own, "那个赠品呢", today=date(2026, 4, 30))
    assert rows(own, "那个赠品呢", today=date(2026, 5, 2))["gift"] >= 0.97


def test_nothing_leads_away_from_what_people_keep_and_much_may_lead_there(plain: ShopUnderstander) -> None:
    guarded = frozenset({"complaint", "human_agent"})
    away = corrected(
        plain, Correction("1", "我要投诉你们", "greeting"), Correction("2", "转人工", faq="wash"), guarded=guarded
    )
    there = corrected(plain, Correction("1", "叫你们管事的来", "human_agent"), guarded=guarded)

    assert best(away, "我要投诉你们") == best(plain, "我要投诉你们")
    assert away.understand("转人工").requests == plain.understand("转人工").requests
    assert best(there, "叫你们管事的来")[0] == "human_agent"


def test_what_the_models_read_is_kept_beside_the_correction(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "给不给开票", "greeting"))

    kept = own.understand("给不给开票").uncorrected

    assert kept is not None
    assert (kept.intent, kept.confidence) == best(plain, "给不给开票")
    assert plain.understand("给不给开票").uncorrected is None


def test_a_row_or_an_intent_that_is_gone_says_nothing(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "能开发票吗", faq="sold-out"), Correction("2", "可以机洗吗", "gone"))

    assert own.understand("能开发票吗").requests == plain.understand("能开发票吗").requests
    assert own.understand("可以机洗吗").requests == plain.understand("可以机洗吗").requests


def test_corrections_that_disagree_share_their_say(plain: ShopUnderstander) -> None:
    own = corrected(plain, Correction("1", "给不给开票", "greeting"), Correction("2", "给不给开票", "stock"))

    assert best(own, "给不给开票")[1] < 0.62


def test_one_more_costs_one_reading_more(plain: ShopUnderstander, monkeypatch: pytest.MonkeyPatch) -> None:
    first = corrected(plain, Correction("1", "给不给开票", "stock"))
    read: list[str] = []
    analyze = type(plain.reader).analyze_all

    def watch(reader: object, texts: list, *more: object, **named: object) -> object:
        read.extend(each.text for each in texts)
        return analyze(reader, texts, *more, **named)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(type(plain.reader), "analyze_all", watch)
    first.learn_corrections([Correction("1", "给不给开票", "stock"), Correction("2", "那个呢", "stock")], frozenset())

    assert read == ["那个呢"]


def test_the_explanation_tells_corrections_apart(plain: ShopUnderstander) -> None:
    one = corrected(plain, Correction("1", "给不给开票", "stock"))
    other = corrected(plain, Correction("1", "给不给开票", "invoice"))

    assert len({shop.understand("在吗").versions.get("corrections") for shop in (plain, one, other)}) == 3
