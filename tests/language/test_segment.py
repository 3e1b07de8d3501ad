"""Words: jieba's, with a small overlay per shop over one dictionary, and nothing on stderr."""

from itertools import accumulate

import jieba
import pytest

from app.language.dictionary import WordFrequencies, load_dictionary
from app.language.segment import Segmenter


@pytest.fixture(scope="module")
def reference() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@pytest.mark.parametrize("text", ["什么时候发货呀", "发顺丰吗，1.5斤的aB-_", "龘靐龘", "我要 两件", "\r\n", ""])
def test_words_are_cut_as_jieba_cuts_them(reference: jieba.Tokenizer, text: str) -> None:
    expected = tuple(word for word in reference.cut(text) if not word.isspace())

    assert Segmenter().cut_words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "什么时候发货呀",
        "发顺丰吗，1.5斤的aB-_",
        "T恤XL码165cm能穿吗?ok",
        "龘靐龘",
        "我要 两件 谢谢!!",
        "扫地机器人包邮吗,换鞋凳多高",
        "长沙发多少钱",
        "iphone15pro max手机壳",
        "，。",
        "",
    ],
)
def test_cuts_are_those_of_jieba(reference: jieba.Tokenizer, text: str) -> None:
    assert Segmenter().find_cuts(text) == frozenset(accumulate(map(len, reference.cut(text, HMM=False)), initial=0))


def test_a_shops_own_word_is_cut_nowhere() -> None:
    text = "有发票夹吗"

    assert 3 in Segmenter().find_cuts(text)
    assert Segmenter(lambda: ["发票夹"]).find_cuts(text) == {0, 1, 4, 5}


def test_a_shops_own_word_stays_whole_in_its_own_shop_only() -> None:
    text = "这个胡桃木茶盘有货吗"

    assert "胡桃木茶盘" in Segmenter(lambda: ["胡桃木茶盘"]).cut_words(text)
    assert "胡桃木茶盘" not in Segmenter().cut_words(text)


def test_an_own_word_leaves_the_words_it_begins_with_as_they_are() -> None:
    with_word = Segmenter(lambda: ["发货单据夹", "发货"])

    assert with_word.cut_words("今天发货吗") == Segmenter().cut_words("今天发货吗")


def test_a_shop_writes_nothing_into_what_all_share() -> None:
    Segmenter(lambda: ["自造词甲", "自造词乙"]).cut_words("自造词甲和自造词乙")

    assert "自造词甲" not in Segmenter().cut_words("自造词甲和自造词乙")
    assert not jieba.dt.initialized


def test_cutting_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    Segmenter().cut_words("什么时候发货")

    assert capfd.readouterr() == ("", "")


def test_every_word_is_as_common_as_jieba_has_it(reference: jieba.Tokenizer) -> None:
    dictionary = load_dictionary()

    assert (len(dictionary), dictionary.total) == (len(reference.FREQ), reference.total)
    assert [word for word, count in reference.FREQ.items() if dictionary[word] != count] == []


def test_an_empty_dictionary_knows_nothing() -> None:
    words = WordFrequencies("")

    assert (len(words), words.total, words.get("胡桃")) == (0, 0, 0)


def test_a_word_that_begins_others_is_known_and_counts_nothing() -> None:
    words = WordFrequencies("胡桃木 17 n\n\nno_count\n胡 2")

    assert [words[word] for word in ("胡桃木", "胡桃", "胡")] == [17, 0, 2]
    assert "胡桃" in words
    assert "桃" not in words
    assert "no_count" not in words
    assert words.total == 19
    assert words.get("桃", -1) == -1
    with pytest.raises(KeyError):
        words["桃"]
