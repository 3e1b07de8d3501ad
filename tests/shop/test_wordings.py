"""What an answer should not say is found in every disguise, and innocent answers are left alone."""

from collections.abc import Sequence

import pytest

from app.domain.catalogue import FaqEntry
from app.language.identities import IdentityKind, find_identities
from app.shop.checks.answer import AnswerProblem, review_answer
from app.shop.checks.wordings import find_wordings
from app.shop.report import Severity


def rules(answer: str) -> set[str]:
    return {found.rule for found in find_wordings(answer)}


def review(answer: str, *, question: str = "问题", confirmed: bool = False) -> Sequence[AnswerProblem]:
    return tuple(review_answer(FaqEntry("F1", question, answer, confirmed=confirmed)))


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("contact", "加微：abc12345，备注淘宝"),
        ("contact", "可以加V信 wang_8899 详聊"),
        ("contact", "V 信：lulu_2020"),
        ("contact", "微.信 lulu2020 找我"),
        ("contact", "加我薇❤lulu66"),
        ("contact", "vx:lily888 备注颜色"),
        ("contact", "有需要加我企鹅 3456789012"),
        ("contact", "加ｑ群 12345678 有福利"),
        ("contact", "扫二维码加店主好友"),
        ("contact", "公众号搜小桔子，领券更多"),
        ("off_platform", "可以私下转账便宜5元"),
        ("off_platform", "您直接打款到我农行卡上"),
        ("off_platform", "不用走平台，线下付款更便宜"),
        ("other_platform", "来快手直播间下单有优惠"),
        ("other_platform", "去拼多多我们店买更便宜"),
        ("link", "看这个 www.juzi-shop.com 更多款"),
        ("email", "邮箱 juzi@example.com 发我"),
        ("superlative", "全国销量第一的拖鞋"),
        ("superlative", "我们用的是最好的牛皮"),
        ("superlative", "史上最强吸尘器"),
        ("superlative", "国家级工艺，顶级品质"),
        ("absolute", "绝对不变形"),
        ("absolute", "100%正品"),
        ("medical", "吃了可以降血压"),
        ("medical", "喝了瘦20斤"),
        ("rivals", "隔壁店用的是劣质棉"),
        ("markup", "<b>亲</b>好的"),
        ("markup", r"请看 D:\客服\图片.jpg"),
        ("garbled", "锟斤拷锟斤拷"),
        ("unfinished", "亲，请联系XX，地址（此处填写地址）"),
        ("rude", "不行，自己看详情。"),
        ("phone", "店长电话 138-1234-5678"),
        ("private", "开户行建行 6217001234567890123 王五"),
        ("private", "身份证号330106199202201234"),
        ("private", "退货寄到丰泽区东海街道12号，王小二收。"),
    ],
)
def test_what_a_platform_or_the_law_forbids_is_found(rule: str, answer: str) -> None:
    assert rule in rules(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "支持支付宝、微信支付、花呗付款。",
        "微波炉加热时请把盖子打开，也可以做微辣。",
        "请不要相信任何让您加微信的人，我们不会私下联系您。",
        "本店不支持线下交易。",
        "可以在淘宝APP我的订单里申请退款。",
        "产品执行标准GB/T 22849-2014，货号13812345678。",
        "批号20260315，条形码6901234567892。",
        "最大承重150公斤，最晚下单时间以页面为准。",
        "最好用温水洗，最佳食用温度是6度。",
        "绝对不要用钢丝球擦。",
        "唯一的区别是颜色，第一次使用请先清洗。",
        "店里卖得最好的是原味和五香味。",
        "减肥期间也可以吃，正在服药的请先咨询医生。",
        "这不是药品，不能代替药物治疗。",
        "XXL码适合140斤到160斤，一箱24个。",
        "退货请寄：杭州市余杭区文一西路969号2号仓库，售后部收。",
        "每晚8点直播，主播会讲解尺码。",
    ],
)
def test_innocent_words_are_left_alone(answer: str) -> None:
    assert rules(answer) == set()


def test_every_message_says_what_why_and_what_to_write() -> None:
    for found in find_wordings("全国销量第一，加微信 abc12345，吃了降血压，打13912345678"):
        assert "「" in found.message
        assert found.message.count("。") >= 3
        assert "请" in found.message


def test_the_law_is_named_where_it_is_the_reason() -> None:
    (found,) = find_wordings("全国销量第一")

    assert "《广告法》第九条" in found.message


def test_a_shop_may_say_that_it_means_a_word_but_not_that_it_leads_buyers_away() -> None:
    assert review("这是国家级非遗传人的顶级手艺。", confirmed=True) == ()
    assert [found.rule for found in review("加我微信 abc12345", confirmed=True)] == ["contact"]


@pytest.mark.parametrize(
    ("answer", "rule", "severity"),
    [
        ("亲", "cut_short", Severity.ERROR),
        ("您好，亲", "cut_short", Severity.ERROR),
        ("能开收据吗", "same_as_question", Severity.ERROR),
        ("没有", "rude", Severity.WARNING),
        ("亲，可能下周吧，大概会上新。", "vague", Severity.WARNING),
        ("长" * 501, "long_answer", Severity.WARNING),
    ],
)
def test_an_answer_that_says_nothing_is_told(answer: str, rule: str, severity: Severity) -> None:
    (found,) = review(answer, question="能开收据吗")

    assert (found.rule, found.severity) == (rule, severity)


def test_doubt_about_the_goods_is_honest() -> None:
    assert review("可能会有轻微色差，请以实物为准。") == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13912345678", IdentityKind.MOBILE),
        ("0571-88886666", IdentityKind.LANDLINE),
        ("身份证号330106199202301234", IdentityKind.IDENTITY_CARD),
        ("工行6222021234567890123", IdentityKind.BANK_CARD),
        ("订单号13912345678", None),
        ("批次 20261128001", None),
        ("编号330106199202301234", None),
    ],
)
def test_personal_numbers_are_told_from_codes(text: str, kind: IdentityKind | None) -> None:
    assert next((found.kind for found in find_identities(text)), None) is kind


def test_links_to_the_shops_own_site_are_allowed() -> None:
    """A list in shop.yml, and not a mark in each of a hundred rows."""

    def found(answer: str) -> list[str]:
        return [problem.rule for problem in review_answer(FaqEntry("F1", "问题", answer), ("maker.cn",))]

    assert found("请到 https://www.maker.cn/faq?id=3 查看") == []
    assert found("maker.cn网站可以查，进度在那里更新") == []
    assert found("请到maker.cn或www.juzi-shop.com看") == ["link"]
    assert found("请到notmaker.cn看") == ["link"]
    assert found("请到maker.cn.juzi.com看") == ["link"]


def test_brackets_that_tell_what_a_buyer_fills_in_are_no_placeholder() -> None:
    assert not rules("下单时填写收货信息（必须填写手机号），系统会核对。")
    assert not rules("名字照实写（空格字符不输入）。")
    assert rules("亲，地址（请填写地址）") == rules("亲，（输入答案）") == {"unfinished"}
