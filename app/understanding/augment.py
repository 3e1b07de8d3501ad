"""Makes the many ways one example line is typed: drawn templates, courtesies around it, particles, typos."""

import random
from collections.abc import Iterator, Mapping, Sequence

from app.understanding.templates import Template, is_template

DRAWS = 12
PLAIN_DRAWS = 4
_BEFORE = (
    "好的", "你好", "您好", "亲", "在吗", "那个", "请问", "请问一下", "问一下", "老板", "麻烦问下", "嗯", "哦", "那", "亲亲", "客服", "掌柜的",
    "我想问下", "哦那", "好的那", "嗯嗯", "对了", "还有", "我昨天买的", "我刚拍的", "昨天下的单", "我买的这个", "上次买的", "就是", "不好意思",
    "美女", "我前天拍的", "这个", "然后", "啊", "你好我想问一下", "亲在吗", "hi", "那我", "恩", "可是", "我说", "额",
)  # fmt: skip
_AFTER = (
    "谢谢",
    "亲",
    "呢",
    "啊",
    "呀",
    "哦",
    "哈",
    "吗",
    "么",
    "嘛",
    "呗",
    "麻烦了",
    "啦",
    "了",
    "吧",
    "喔",
    "哇",
    "?",
    "谢谢啦",
    "在线等",
    "急",
)
_HOMOPHONES = {
    "发货": ("发火", "发或"), "时候": ("时侯",), "在吗": ("在麻", "在嘛"), "邮费": ("邮废", "油费"), "优惠券": ("优惠卷",), "怎么": ("咋", "怎莫"),
    "什么": ("啥", "神马", "什莫"), "没有": ("木有", "没得", "莫得"), "拍": ("怕",), "退货": ("腿货",), "快递": ("快弟", "kd"), "顺丰": ("sf", "顺风"),
    "已经": ("己经",), "问题": ("间题",), "吗": ("嘛", "么", "不"), "可以": ("阔以", "可已"), "的": ("滴", ""), "为什么": ("为啥", "为撒"), "知道": ("造",),
    "订单": ("定单",), "收到": ("受到",), "客服": ("客付",), "淘宝": ("tb",), "几天": ("几填",), "没": ("沒", "木"), "发票": ("发飘",), "优惠": ("优会",),
    "这个": ("这",), "那个": ("那",), "你们": ("你",), "我们": ("我",), "一下": ("下",), "现在": ("",), "请问": ("",), "是不是": ("是否",), "怎么样": ("咋样",),
}  # fmt: skip


def wordings(line: str, lists: Mapping[str, Sequence[str]], seed: str) -> Iterator[str]:
    """The line as it stands (or drawn), then the same a little differently each time; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # training data, not secrets
    template = Template(line, lists) if is_template(line) else None
    if template is None:
        yield line
    for draw in range(DRAWS if template else PLAIN_DRAWS - 1):
        drawn = template.draw(chance) if template else line
        yield drawn if template and draw % 3 == 0 else _typed(drawn, chance)


def _typed(text: str, chance: random.Random) -> str:
    if chance.random() < 0.25:  # noqa: PLR2004  # shares found by trial on the dev half
        text = _misspelt(text, chance)
    if chance.random() < 0.2 and len(text) > 4:  # noqa: PLR2004  # the same
        text = text.rstrip("吗呢啊呀吧么?？的了")
    if chance.random() < 0.6:  # noqa: PLR2004  # the same
        text = chance.choice(_BEFORE) + text
    if chance.random() < 0.3:  # noqa: PLR2004  # the same
        text += chance.choice(_AFTER)
    return text


def _misspelt(text: str, chance: random.Random) -> str:
    fitting = [word for word in _HOMOPHONES if word in text]
    if not fitting:
        return text
    word = chance.choice(fitting)
    return text.replace(word, chance.choice(_HOMOPHONES[word]), 1)
