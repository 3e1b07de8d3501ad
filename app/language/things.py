"""Reads which thing a shop is asked to have or to sell, where no goods are named by it: 你们卖拖鞋吗, 我要买个锁."""

import re
from functools import cache
from pathlib import Path

import yaml

from app.language.numbers import NUMBER

_SHOP = "(?:你们?家?|您家?|咱们?家?|店里|店铺|家里|这边|这里|贵店)"
_LEAD = rf"(?:亲|你好|您好|请问|那么?|,|，|\s|对了|话说|顺便|再|还|我?想?问一?下)*{_SHOP}?(?:都|还|也|有没有卖|另外)*"
_END = r"(?:的)?(?:吗|么|嘛|不|没有|没|呢|呀|啊|卖吗|卖不)*[?？!！。~]*$"
_THING = r"(?P<thing>[\u4e00-\u9fffA-Za-z\d]{1,8}?)"
_HAS = "(?:有没有|有木有|有无|卖不卖|有卖|有没有卖|卖|有)"
_PATTERNS = (
    re.compile(
        rf"^{_LEAD}{_HAS}(?:卖|一些|那种)*{_THING}(?:卖)?(?:的)?(?:吗|么|嘛|不|没有|没|呢|卖吗|卖不)[呀啊?？!！。~]*$"
    ),
    re.compile(rf"^{_LEAD}(?:有没有|有木有|卖不卖|有无)(?:卖)?{_THING}(?:卖)?[呀啊呢?？!！。~]*$"),
    re.compile(rf"^{_LEAD}{_THING}{_SHOP}?(?:都|还|也)*{_HAS}{_END}"),
)
_NAMED = r"(?P<thing>[\u4e00-\u9fffA-Za-z\d]{1,16}?)"
_SOME = rf"(?:{NUMBER}\s*)?(?:[斤个件套只双条把盒包袋箱瓶罐支张块片台本床]|公斤|千克)"
_BUYER = r"(?:(?:给|帮)我|我们?|就|是|刚好|正好|也|还)*(?:想要?|打算|准备|需要|要)?"
_WISHES = (
    re.compile(rf"^{_LEAD}{_BUYER}(?:买|订购|购买|入手)(?:了?{_SOME}|点|些)?{_NAMED}[吧呀啊呢，,。.!！~]*$"),
    re.compile(rf"^{_LEAD}{_BUYER}(?:要|来|找|拿){_SOME}{_NAMED}[吧呀啊呢，,。.!！~]*$"),
    re.compile(rf"^{_LEAD}{_BUYER}(?:要|找)[^，,。?？]{{1,12}}的{_NAMED}[吧呀啊呢，,。.!！~]*$"),
    re.compile(rf"^{_LEAD}{_NAMED}(?:怎么卖|咋卖)(?:的|啊|呀|呢)*[?？]*$"),
)
_FEATURE = re.compile(
    rf"^{_LEAD}(?:哪|那)(?:一?[个款种件]|些|几[个款种])(?:是|为|带)(?P<feature>[\u4e00-\u9fff]{{1,6}}?)[子制]?(?:的)?[呀啊呢?？!！。~]*$"
)
_FILLER = re.compile(
    r"^(?:那|这|种|个|款|其他|其它|别|的|单独|配套|一些|什么|啥|我|想|要|买|点|些|还|都|也|卖)+|(?:那|这)?[种个款]$|卖$|的$"
)
_DESCRIBES = re.compile(
    r"[的点款色号码型]|别人|^给|[也还][能会可]|剩|加[厚绒长宽高粗固重肥]|什么|啥|时候|几时|多久|一[些样下]|比较|更|最|大|小|便宜|贵|新|好|多少|几|哪|谁|怎"
)
_NO_GOODS_WORDS = (
    "货 现货 存货 库存 优惠 活动 折扣 折 券 优惠券 红包 赠品 礼品 礼物 小样 试用 "
    "试吃 发票 运费险 保修 质保 售后 色差 异味 味道 味 实物图 图 图片 视频 链接 人 "
    "真人 人工 客服 问题 效果 区别 差别 不同 说明书 包装 礼盒 贺卡 其他 别 其它 "
    "同款 类似 颜色 尺码 尺寸 规格 门店 实体店 店 会员 积分 快递 顺丰 时间 办法 用 "
    "必要 关系 影响 可能 了 过 没 吗 呢 啥 什么 保障 保证 假货 正品 二手 现成 "
    "满减 秒杀 预售 补货 到货 上架 毒 害 甲醛 辐射 防腐剂 添加剂 副作用 声音 噪音 "
    "危险 风险 瑕疵 破损 保质期 生产日期 检测报告 证书 合格证 质检 授权 单号 物流 "
    "消息 结果 回复 手续费 运费 邮费"
)
_NO_GOODS = frozenset(_NO_GOODS_WORDS.split())
"""What a shop has that is no goods."""

_POINTS_OR_DOES = re.compile("[这那哪它他她你我您]|[单货款发退换寄改送拍付催]|^[给不]|东西|人工|取消|申请|优惠|包邮")
"""What points at goods, or is something to be done, and names none."""

_MARK = r"$|[\s,，。.?？!！~、;；]"
_ASKED_OF = (
    "吗|么|嘛|呢|啊|呀|吧|了|怎|咋|如何|多[少大长重久]|几|什么|啥|哪|有|没|卖|还|都|也|和|跟|与|或|会(?!员)|不(?!锈)|是不是|贵|便宜|好|掉|起球|"
    "褪|含|适合|发货|包邮|打折|优惠|质量|价[格钱]|材质|尺寸|大小|颜色|规格|味道|效果|保质期|区别|推荐|[大小厚薄重轻软硬甜酸辣咸](?=吗|么|嘛|不|呢|$|[?？])"
)
_NO_NOUN = rf"{_MARK}|的(?:{_MARK})|的?(?:{_ASKED_OF})"
"""After the name of goods: 咖啡杯 is no 咖啡, 手机支架 no 手机.

What a washing machine can do (洗衣机能洗吗) is asked of other goods."""


def find_wanted_thing(text: str) -> str | None:
    """The thing that a normalised message asks the shop to have; None where it asks for none, or only describes one."""
    for pattern in _PATTERNS:
        found = pattern.match(text)
        if found:
            thing = _FILLER.sub("", found["thing"])
            named = thing and thing not in _NO_GOODS and not _DESCRIBES.search(found["thing"].rstrip("的"))
            return thing if named else None
    return None


def find_named_thing(text: str) -> str | None:
    """The thing that a normalised message wants to buy or asks the price of: 婴儿柔巾 of 我要纯棉的婴儿柔巾.

    None where it names none, or only describes one: 我要大一点的.
    """
    wanted = find_wanted_thing(text)
    if wanted:
        return wanted
    found = next(filter(None, (pattern.match(text) for pattern in _WISHES)), None)
    if found is None or found["thing"].endswith("的"):
        return None
    thing = _FILLER.sub("", found["thing"].rpartition("的")[2])
    named = thing and thing not in _NO_GOODS and not _DESCRIBES.search(thing)
    return thing if named and not _POINTS_OR_DOES.search(thing) else None


def find_plain_goods(text: str) -> str | None:
    """The goods that a text asks of by their plain name, as any shop might sell them: 湿巾 of 299的湿巾怎么样.

    None where goods are only a place or a means: 放冰箱, 洗衣机能洗吗.
    """
    found = _plain_goods().search(text)
    return found["goods"] if found else None


@cache
def _plain_goods() -> re.Pattern[str]:
    groups = yaml.safe_load((Path(__file__).parent / "goods_nouns.yml").read_text("utf-8"))
    words = sorted({word for group in groups.values() for word in group}, key=len, reverse=True)
    return re.compile(
        rf"(?:^{_LEAD}(?:[这那][个款种些]?)?|(?:有没有|有|卖|买|(?<![需不])要|的|[个种款斤包袋盒箱]))"
        rf"(?P<goods>{'|'.join(words)})(?={_NO_NOUN})"
    )


def find_asked_feature(text: str) -> str | None:
    """What a normalised message asks some of the goods to be: 竹 of 哪款是竹子的; None where it asks for none.

    哪个是新款 and 哪个是最好的 ask for advice.
    """
    found = _FEATURE.match(text)
    if found is None or _DESCRIBES.search(found["feature"]) or _POINTS_OR_DOES.search(found["feature"]):
        return None
    return found["feature"]


def bare_kind(word: str) -> str:
    """A word for goods without its ending: 裙 of 裙子, which 半身裙 is, too."""
    return word.removesuffix("子").removesuffix("儿")
