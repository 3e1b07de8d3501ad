"""One message through all of understanding."""

import string
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import DialogueContext
from app.understanding.examples import INTENTS, examples_fingerprint
from app.understanding.intent.model import PACKAGED, IntentModel, ModelError
from app.understanding.sentence.encoder import Encoded, SentenceEncoder
from app.understanding.understander import ShopUnderstander, Understander


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander([FaqEntry("F1", "什么时候发货", "答")], [], version="v1")


def test_the_packaged_model_was_trained_from_the_present_examples(understander: Understander) -> None:
    assert understander.reader.model.fingerprint == examples_fingerprint(), (
        "run python -m app.understanding.training.train"
    )


def test_the_model_knows_every_intent_folder(understander: Understander) -> None:
    folders = {file.parent.name for file in INTENTS.glob("*/intent.yml")}

    assert set(understander.reader.model.intents) == folders


def test_the_packaged_model_is_small() -> None:
    assert PACKAGED.stat().st_size < 8_000_000


def test_a_missing_model_says_how_to_make_one(tmp_path: object) -> None:
    with pytest.raises(ModelError):
        IntentModel.load_model(PACKAGED.with_name("gone.npz"))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("发货退不50元😀[]/:(){}" + string.digits))))
def test_no_text_makes_it_raise(shop: ShopUnderstander, text: str) -> None:
    understood = shop.understand(text, DialogueContext(asked_intent="stock", asked_slot="order"))

    assert understood.text == text
    assert understood.requests
    assert all(request.intents for request in understood.requests)


@pytest.mark.parametrize(
    "text", ["", " ", "😀" * 500, "\x00\x01", "发" * 10_000_000, "1" * 100_000, "?!,." * 5000, "ß" * 9]
)
def test_odd_messages_are_read_like_any_other(shop: ShopUnderstander, text: str) -> None:
    understood = shop.understand(text)

    assert len(understood.normalised) <= 1000
    assert understood.requests[0].intents[0].confidence > 0


@pytest.mark.parametrize("text", ["", "😀😀", "。。。", "？"])
def test_a_message_without_a_word_is_unclear(shop: ShopUnderstander, text: str) -> None:
    assert shop.understand(text).requests[0].intents[0].intent == "unclear"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("亲 啥时候能发火呀", "shipping_time"),
        ("咋还不發貨，都三天了", "delivery_urging"),
        ("sf能发不", "courier"),
        ("邮废多少", "shipping_fee"),
        ("有没有优惠卷领", "promotion"),
        ("别家才50", "bargaining"),
        ("在麻", "greeting"),
        ("木有收到货啊", "logistics_status"),
        ("我填错电话了", "modify_order"),
        ("转人工", "human_agent"),
        ("放首歌听听", "other"),
        ("那个呢", "unclear"),
        ("好滴谢谢", "acknowledgement"),
    ],
)
def test_the_way_people_type_is_understood(shop: ShopUnderstander, text: str, intent: str) -> None:
    assert shop.understand(text).requests[0].intents[0].intent == intent


def test_the_same_message_is_always_read_the_same(shop: ShopUnderstander) -> None:
    assert shop.understand("什么时候发货，能便宜点吗") == shop.understand("什么时候发货，能便宜点吗")


def test_an_understanding_names_what_it_was_made_with(shop: ShopUnderstander) -> None:
    assert set(shop.understand("在吗").versions) == {"shop", "intents", "sentences"}


def test_the_whole_message_is_read_as_one_request_too(shop: ShopUnderstander) -> None:
    understood = shop.understand("什么时候发货，能便宜点吗")

    assert len(understood.requests) == 2
    assert understood.whole is not None
    assert understood.whole.text == understood.normalised


def test_the_same_questions_are_not_learned_twice(understander: Understander) -> None:
    """A version with other goods or orders takes over what was learned, and names itself in what it understands."""
    faq = [FaqEntry("care", "茶盘怎么保养", "擦干"), FaqEntry("size", "大号多大", "40厘米")]
    goods = [Product("M1", "胡桃木茶盘", ("茶盘",), ())]
    first = understander.build_shop_understander(faq, (), version="1")

    same = understander.build_shop_understander(list(faq), goods, version="2", learned=[first])
    other = understander.build_shop_understander(faq[:1], goods, version="3", learned=[first, same])

    assert same.faq.index.candidates is first.faq.index.candidates is not other.faq.index.candidates
    understood = same.understand("茶盘咋保养")
    assert understood.versions["shop"] == "2"
    assert understood.requests[0].faqs[0].entry_id == "care"
    assert [entity.value for entity in understood.entities] == ["M1"]


def test_of_a_changed_faq_only_new_wordings_are_encoded(
    understander: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row more among three hundred costs one sentence; what is understood is as if all had been learned anew."""
    faq = [FaqEntry("care", "茶盘怎么保养", "擦干", ("茶盘咋打理",)), FaqEntry("size", "大号多大", "40厘米")]
    more = [*faq, FaqEntry("smell", "有没有味道", "没有")]
    first = understander.build_shop_understander(faq, (), version="1")
    anew = understander.build_shop_understander(more, (), version="2")
    encoded: list[str] = []
    encode = SentenceEncoder.encode_texts

    def listen(encoder: SentenceEncoder, texts: Sequence[str]) -> Encoded:
        encoded.extend(texts)
        return encode(encoder, texts)

    monkeypatch.setattr(SentenceEncoder, "encode_texts", listen)
    grown = understander.build_shop_understander(more, (), version="2", learned=[first])

    assert encoded == ["有没有味道"]
    for text in ("茶盘咋保养呀", "有味道吗", "大号尺寸"):
        ours, theirs = (shop.understand(text).requests[0].faqs for shop in (grown, anew))
        assert [score.entry_id for score in ours] == [score.entry_id for score in theirs]
        assert [score.confidence for score in ours] == pytest.approx([score.confidence for score in theirs], abs=1e-3)
