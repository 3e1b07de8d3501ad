"""Ages beside the spans of ages that goods are written to be for."""

import pytest

from app.language.ages import judge_age


@pytest.mark.parametrize(
    ("asked", "written", "fits"),
    [
        ("4个月能坐", "8个月以上", False),
        ("九个月能坐", "8个月以上", True),
        ("一岁半能坐", "18个月以上", True),
        ("七岁能坐", "1到6岁", False),
        ("18个月能坐", "1岁到6岁", True),
        ("两岁能穿", "80码1岁以内", False),
        ("22岁能用", "30岁以上", False),
        ("能坐吗", "8个月以上", None),
        ("4个月能坐", "带安全带", None),
        ("4个月能用", "开封后6个月以内用完", None),
    ],
)
def test_an_age_is_judged_by_the_span_that_is_written(asked: str, written: str, fits: bool | None) -> None:
    assert judge_age(asked, written) is fits
