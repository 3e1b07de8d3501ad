"""Names and phrases from data are found as the data say."""

import pytest

from app.language.phrases import NameTable, PhraseBook, PhraseError

COURIERS = NameTable({"顺丰": "顺丰", "SF": "顺丰", "京东快递": "京东", "京东": "京东"})
BOOK = PhraseBook({"over": ["满<number>元"], "gift": ["送一<piece>", "多送"], "free": ["包邮(?!吗)", "免邮"]})


@pytest.mark.parametrize(
    ("text", "said"), [("能发sf吗", ["sf"]), ("京东快递", ["京东快递"]), ("身份证sfz", []), ("", [])]
)
def test_the_longest_name_is_found_and_a_latin_one_only_by_itself(text: str, said: list[str]) -> None:
    assert [found.text for found in COURIERS.find_names(text)] == said


def test_a_table_without_names_finds_none() -> None:
    assert list(NameTable({}).find_names("顺丰")) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("over", "满一百九十九元减20", "满一百九十九元"),
        ("over", "满1,299元", "满1,299元"),
        ("gift", "拍下就送一盒", "送一盒"),
        ("free", "包邮吗", None),
        ("free", "今天包邮", "包邮"),
    ],
)
def test_a_phrase_is_found_in_every_writing(name: str, text: str, words: str | None) -> None:
    assert BOOK.first_hit(name, text) == words


def test_every_hit_is_told_and_may_be_blanked() -> None:
    assert BOOK.all_hits("free", "免邮,包邮") == ("免邮", "包邮")
    assert BOOK.blank_out("free", "满59包邮哦") == "满59 哦"


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PhraseError, match="nothing"):
        BOOK.is_in("nothing", "包邮")


def test_a_pattern_that_is_none_is_named() -> None:
    with pytest.raises(PhraseError, match="broken"):
        PhraseBook({"broken": ["(满"]})
