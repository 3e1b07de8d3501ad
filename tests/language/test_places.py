"""Places are found with their province, and streets, dishes and everyday words are not taken for them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.language.places import PlaceLevel, find_places, provinces_of

LEXICON = yaml.safe_load(Path("intents/lexicon.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "name", "province"),
    [
        ("到乌鲁木齐几天", "乌鲁木齐", "新疆"),
        ("喀什包邮吗", "喀什", "新疆"),
        ("拉萨呢", "拉萨", "西藏"),
        ("寄义乌", "义乌", "浙江"),
        ("昆山能发吗", "昆山", "江苏"),
        ("我在浦东", "浦东", "上海"),
        ("海淀区", "海淀", "北京"),
        ("新疆维吾尔自治区", "新疆", "新疆"),
        ("内蒙包邮吗", "内蒙古", "内蒙古"),
        ("内蒙古包邮吗", "内蒙古", "内蒙古"),
        ("广西壮族自治区", "广西", "广西"),
        ("吉林市", "吉林", "吉林"),
        ("到海南州", "海南州", "青海"),
        ("海南包邮吗", "海南", "海南"),
        ("朝阳市", "朝阳", "辽宁"),
        ("北京朝阳", "朝阳", "北京"),
        ("长春市朝阳区", "朝阳", "吉林"),
        ("开封包邮吗", "开封", "河南"),
        ("到大理几天", "大理", "云南"),
        ("河南可以发吗", "河南", "河南"),
        ("伊犁", "伊犁", "新疆"),
        ("恩施", "恩施", "湖北"),
        ("香港能寄吗", "香港", "香港"),
        ("台北多久到", "台北", "台湾"),
        ("浙江金华的", "金华", "浙江"),
    ],
)
def test_a_place_has_its_province(text: str, name: str, province: str) -> None:
    found = find_places(text)[-1]

    assert (found.name, found.province) == (name, province)


@pytest.mark.parametrize(
    "text",
    [
        "河南路88号",
        "上海南路",
        "南京西路100号",
        "已经开封了还能退吗",
        "大理石的茶几",
        "三明治",
        "长安",
        "和平",
        "鼓楼",
        "收到普洱了",
        "普洱茶有货吗",
        "白银项链",
        "大方得体",
        "朝阳的",
        "",
        "阿里旺旺",
    ],
)
def test_what_is_no_place_is_not_found(text: str) -> None:
    assert find_places(text) == ()


@pytest.mark.parametrize("text", ["北京烤鸭有吗", "云南白药", "景德镇茶杯", "东北大米"])
def test_a_place_in_the_name_of_goods_says_so(text: str) -> None:
    (found,) = find_places(text)

    assert (found.of_goods, found.located) == (True, False)


@pytest.mark.parametrize(
    "text", ["到新疆", "寄新疆", "新疆包邮吗", "新疆的运费多少", "从新疆发货", "可以发新疆吗", "到浙江金华"]
)
def test_a_place_that_goods_go_to_says_so(text: str) -> None:
    assert all(found.located and not found.of_goods for found in find_places(text))
    assert find_places(text)


def test_a_name_of_several_provinces_tells_them_all() -> None:
    (found,) = find_places("到朝阳区几天")

    assert (found.provinces, found.province) == (("北京", "吉林"), None)


def test_a_region_is_its_provinces() -> None:
    (found,) = find_places("江浙沪包邮吗")

    assert (found.level, found.provinces) == (PlaceLevel.REGION, ("上海", "江苏", "浙江"))


@pytest.mark.parametrize("name", LEXICON["places"])
def test_the_table_holds_every_place_of_the_lexicon(name: str) -> None:
    assert [found.name for found in find_places(f"{name}呢")] == [name]


@pytest.mark.parametrize(
    ("name", "provinces"),
    [
        ("乌鲁木齐市", ("新疆",)),
        ("拉萨", ("西藏",)),
        ("朝阳", ("北京", "吉林", "辽宁")),
        ("江浙沪", ("上海", "江苏", "浙江")),
        ("某地", ()),
        ("", ()),
    ],
)
def test_a_name_is_looked_up(name: str, provinces: tuple[str, ...]) -> None:
    assert provinces_of(name) == provinces


@given(st.text(alphabet="到寄新疆北京朝阳区南路海市省江浙沪东大理石开封包邮吗 ,", max_size=14))
def test_offsets_point_into_any_text_and_never_overlap(text: str) -> None:
    end = 0
    for found in find_places(text):
        assert text[found.start : found.end] == found.text
        assert found.start >= end
        end = found.end
