"""No personal data and no secret leaves in a log, a metric or a trace."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.observability.masking import mask_document, mask_persons, mask_text

prose = st.text(max_size=60)
phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
separators = st.sampled_from(["", " ", "-", ".", "－", "\u3000"])
digits = st.text("0123456789", min_size=8, max_size=24)


@st.composite
def spaced_phones(draw: st.DrawFn) -> tuple[str, str]:
    number, between = draw(phones), draw(separators)
    return number, between.join((number[:3], number[3:7], number[7:]))


def bare(text: str) -> str:
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))


@given(prose, spaced_phones(), prose)
def test_a_phone_number_never_leaves(before: str, phone: tuple[str, str], after: str):
    number, written = phone

    hidden = mask_text(before + written + after)

    assert written not in hidden
    assert number not in hidden
    assert number not in bare(hidden)


@given(prose, digits, prose)
def test_an_order_number_never_leaves(before: str, number: str, after: str):
    assert number not in mask_text(before + number + after)


@given(phones, st.sampled_from([0xFF10, 0x0660, 0x1D7CE]))
def test_a_phone_number_in_another_script_never_leaves(number: str, zero: int):
    written = "".join(chr(zero + int(digit)) for digit in number)

    hidden = mask_text(f"电话{written}谢谢")

    assert written not in hidden
    assert number not in bare(hidden)


@given(st.text("零一二三四五六七八九幺", min_size=11, max_size=11))
def test_a_phone_number_in_words_never_leaves(spoken: str):
    assert spoken not in mask_text(f"我电话{spoken}")


@given(st.text())
@example("a" * 100_000)
@example("1" * 100_000)
@example("路" * 5_000)
@example("省" * 5_000)
@example("地址" * 5_000)
@example("a@" * 5_000)
def test_masking_takes_any_text(text: str):
    assert isinstance(mask_text(text), str)


@given(st.text(max_size=3000))
def test_masking_twice_changes_nothing_more(text: str):
    once = mask_text(text)

    assert mask_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "浙江省杭州市西湖区文三路100号3栋2单元501室",
        "寄到上海市浦东新区张江镇科苑路88弄5号",
        "地址改成朝阳区建国路甲92号世茂大厦1201",
        "收货地址：广西壮族自治区南宁市青秀区民族大道100号",
        "我住在幸福小区12栋301室",
        "学府街二百号",
        "送到人民广场3号楼",
    ],
)
def test_an_address_never_leaves(text: str):
    hidden = mask_text(text)

    assert "[address]" in hidden
    for telling in ("文三路", "科苑路", "建国路", "民族大道", "幸福小区", "学府街", "人民广场", "501", "1201", "301"):
        assert telling not in hidden


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("收件人:王小明", "王小明"),
        ("联系人 李雷", "李雷"),
        ("微信号wxid_abc123", "wxid_abc123"),
        ("加我QQ 123456", "123456"),
        ("发票寄 wang.xm@example.com", "wang.xm"),
        ("身份证11010519491231002X", "11010519491231002X"),
        ("运单SF1234567890123", "SF1234567890123"),
        ("订单DD123456", "DD123456"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("令牌xat_Zm9vYmFy-x_1", "Zm9vYmFy"),
        ("secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8"),
        ("POST /webhooks/rest/webhook?token=opensesame HTTP/1.1", "opensesame"),
        ('{"password": "hunter22"}', "hunter22"),
    ],
)
def test_names_accounts_and_secrets_never_leave(text: str, private: str):
    assert private not in mask_text(text)


@pytest.mark.parametrize(
    "text",
    ["什么时候发货", "这款茶盘有大号吗，要3个", "50块卖不卖", "48小时内发出", "满199减20", "turn_written", "2件8折"],
)
def test_what_is_not_personal_stays(text: str):
    assert mask_text(text) == text


def test_the_last_digits_stay_to_find_a_case_by():
    assert mask_text("订单202608150001催一下") == "订单****0001催一下"


@given(phones)
def test_documents_are_masked_through_and_through(number: str):
    document = {"note": [f"电话{number}", {"inner": (number,)}], "phone": int(number), number: 1}

    hidden = mask_document(document)

    assert number not in repr(hidden)


def test_a_key_can_be_personal_too():
    assert "13800138000" not in repr(mask_document({"13800138000": {"13900139000": 1}}))


def test_our_own_ids_stay_whole():
    trace = "4f1c0a8e6d3b4c1f12345678901234567"

    assert mask_document({"trace_id": trace, "text": trace}) == {"trace_id": trace, "text": mask_text(trace)}


@pytest.mark.parametrize("value", [True, None, 1.5, 42, 1_234_567])
def test_plain_values_stay_what_they_are(value: object):
    assert mask_document(value) is value


def test_an_object_of_an_unknown_kind_is_masked_by_its_looks():
    class Buyer:
        def __repr__(self) -> str:
            return "Buyer(13800138000)"

    assert mask_document(Buyer()) == "Buyer(****8000)"


@pytest.mark.parametrize(
    "text",
    [
        "活动 2026-12-01 到 2026-12-05，每天 10:00–22:00",
        "客服电话 400-800-1234，货号 20250618、AB123456",
        "尺寸 100*120-140cm，30.5-40-50，满1000.00减20，2000.00减50",
        "一二三四五六七八天都可以",
        "亲" * 1500,
    ],
)
def test_text_that_is_used_as_it_stands_keeps_what_is_nobodys(text: str):
    assert mask_persons(text) == text


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("亲，打13812345678", "13812345"),
        ("亲，打 +86 138-1234-5678", "138-1234"),
        ("订单202606150001已发SF1234567890123", "202606150"),
        ("单号SF1234567890123", "SF12345"),
        ("身份证11010519491231002X", "110105"),
        ("一三八一二三四五六七八", "一三八"),
        ("收件人：王小明，改到文三路100号3栋", "文三路"),
        ("收件人：王小明", "王小明"),
    ],
)
def test_text_that_is_used_as_it_stands_tells_nobodys_own(text: str, private: str):
    masked = mask_persons(text)

    assert private not in masked
    assert mask_persons(masked) == masked
