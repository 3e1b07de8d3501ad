"""Ages beside the spans of ages that goods are written to be for."""

import pytest

from app.language.ages import judge_age


@pytest.mark.parametrize(
    ("asked", "name", "written", "fits"),
    [
        ("4个月能坐", "适用年龄", "8个月以上", False),
        ("九个月能坐", "适用年龄", "8个月以上", True),
        ("一岁半能坐", "适用年龄", "18个月以上", True),
        ("七岁能坐", "适用年龄", "1到6岁", False),
        ("18个月能坐", "适用年龄", "1岁到6岁", True),
        ("两岁能穿", "适用年龄", "80码1岁以内", False),
        ("22岁能用", "适用年龄", "30岁以上", False),
        ("能坐吗", "适用年龄", "8个月以上", None),
        ("4个月能坐", "适用年龄", "带安全带", None),
        ("4个月能用", "用法", "开封后6个月以内用完", None),
        ("一罐能吃1个月", "适用年龄", "6个月以上", None),
        ("3个月能喝完", "保质期", "6个月以内", None),
        ("4个月能用", "充电一次", "6个月以上", None),
    ],
)
def test_an_age_is_judged_by_the_span_that_is_written(asked: str, name: str, written: str, fits: bool | None) -> None:
    assert judge_age(asked, name, written) is fits
