"""What things are made of: the words for materials, and whether words speak of everything a shop has."""

import re
from collections.abc import Mapping

_MATERIALS: Mapping[str, re.Pattern[str]] = {
    "wood": re.compile(r"(?<!麻)木(?!耳|瓜|糖)|竹(?!荪|笋)|藤|板材|密度板"),
    "ceramic": re.compile(r"陶(?!冶|醉|炉)|瓷"),
    "glass": re.compile(r"玻璃|水晶"),
    "metal": re.compile(r"不锈钢|金属|铸铁|生铁|铁(?!观音|皮石)|铜|铝|合金|纯银|925|钛"),
    "plastic": re.compile(r"塑料|亚克力|pp(?:材质|盒)|硅胶|abs"),
    "leather": re.compile(r"真皮|牛皮|羊皮|皮革|pu皮|皮衣"),
    "wool": re.compile(r"羊毛|羊绒|毛呢|呢子|双面呢"),
    "down": re.compile(r"羽绒(?!服)|鸭绒|鹅绒|蓬松度"),
    "cotton": re.compile(r"纯棉|棉(?!花糖)|帆布"),
    "linen": re.compile(r"亚麻|麻布|苎麻"),
    "silk": re.compile(r"真丝|桑蚕丝|丝绸|蚕丝"),
    "synthetic": re.compile(r"聚酯|涤纶|尼龙|锦纶|雪纺|化纤|氨纶"),
}
_EVERYTHING = re.compile(r"除了?|其余|其他|其它|所有|全部|每款|各款|任何|一律|全店|全场|每一?[件款]")


def find_materials(text: str) -> frozenset[str]:
    """The materials that words speak of, by kinds: 胡桃木 and 竹 are of one."""
    lowered = text.lower()
    return frozenset(kind for kind, words in _MATERIALS.items() if words.search(lowered))


def speaks_of_everything(text: str) -> bool:
    """Whether words tell of all goods, or of all but some: 其余都是正常尺码."""
    return _EVERYTHING.search(text) is not None
