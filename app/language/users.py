"""Reads for whom it is asked whether goods may be used: a baby, a woman who is pregnant, a dog, somebody who is ill."""

import re

_KINDS = {
    "child": "宝宝|婴儿|婴幼儿|新生儿|幼儿|小孩|孩子|儿童|小朋友|[男女]宝|(?<!娃)娃(?!娃)",
    "pregnant": "孕|宝妈|怀孕|哺乳|喂奶|产妇|坐月子|月子里",
    "old": "老人|老年|长辈|爷爷|奶奶|爸|(?<![宝孕大辣])妈(?!咪)",
    "sugar": "糖尿|血糖|控糖",
    "pressure": "血压",
    "heart": "心脏",
    "gout": "痛风|尿酸",
    "stomach": "肠胃|胃病|胃不好|胃炎|胃寒",
    "allergy": "过敏|敏感",
    "asthma": "哮喘|鼻炎",
    "dog": "(?<!热)狗(?!尾)|犬|泰迪|金毛|柯基",
    "cat": "猫(?!爪杯|眼|砂盆)",
    "rabbit": "兔子|仓鼠|龙猫|鹦鹉",
}
_MAY = "能|可以|可不可以|可|会不会|敢"
_USE = "吃|喝|用|穿|戴|坐|睡|涂|擦|敷|抹|玩|背|躺|泡|洗|咬|啃|闻|养|碰|骑"
_OF_USER = re.compile(rf"(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _KINDS.items())})")
_ASKS_USE = re.compile(
    rf"(?:{_MAY})[^,，。?？]{{0,6}}(?:{_USE})|(?:{_USE})[^,，。?？]{{0,4}}(?:行|可以|能|好)[吗不么嘛]|适合|适用|有没?有?影响"
)


def find_users(text: str) -> frozenset[str]:
    """The kinds of users that a text names."""
    return frozenset(found.lastgroup for found in _OF_USER.finditer(text) if found.lastgroup)


def asks_for_user(text: str) -> bool:
    """Whether it is asked if somebody may use something: 老人能吃吗, 适合宝宝吗."""
    return bool(find_users(text)) and asks_use(text)


def asks_use(text: str) -> bool:
    """Whether it is asked if something may be eaten, worn or else used, by whoever was spoken of: 能吃吗."""
    return _ASKS_USE.search(text) is not None
