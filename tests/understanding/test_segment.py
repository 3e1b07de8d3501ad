"""Words: one shared dictionary, a small overlay per shop, nothing on stderr, no writable folder needed."""

import math
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.understanding.dictionary import BaseDictionary
from app.understanding.examples import lines
from app.understanding.segment import Segmenter
from app.understanding.text import normalise


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseDictionary:
    return BaseDictionary.load(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def reference() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def jiebas(reference: jieba.Tokenizer, text: str) -> tuple[str, ...]:
    return tuple(word for word in reference.cut(text) if not word.isspace())


def test_words_are_cut_as_jieba_cuts_them(base: BaseDictionary, reference: jieba.Tokenizer) -> None:
    segmenter = Segmenter(base)
    typed = [normalise(line.text) for line in lines()]

    assert [text for text in typed if segmenter.cut(text) != jiebas(reference, text)] == []


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("发货退不了吗的好在顺丰龘靐1.5%aB-_ \r\n")), max_size=12
    )
)
def test_unknown_words_are_joined_as_jieba_joins_them(
    base: BaseDictionary, reference: jieba.Tokenizer, text: str
) -> None:
    assert Segmenter(base).cut(text) == jiebas(reference, text)


def test_a_shops_own_word_stays_whole_in_its_own_shop_only(base: BaseDictionary) -> None:
    with_word, without = Segmenter(base, ["胡桃木茶盘"]), Segmenter(base)

    assert "胡桃木茶盘" in with_word.cut("这个胡桃木茶盘有货吗")
    assert "胡桃木茶盘" not in without.cut("这个胡桃木茶盘有货吗")


def test_a_shop_leaves_the_shared_dictionary_as_it_is(base: BaseDictionary) -> None:
    Segmenter(base, ["自造词甲", "自造词乙"]).cut("自造词甲和自造词乙")

    assert base.likelihood("自造词甲") == -math.inf
    assert 4 not in base.words("自造词甲")[0]


def test_every_word_of_jiebas_is_found_and_no_stretch_that_is_none(
    base: BaseDictionary, reference: jieba.Tokenizer
) -> None:
    known = {word: frequency for word, frequency in reference.FREQ.items() if frequency}
    texts = [normalise(line.text) for line in lines()] + [max(known, key=len)]

    for text in texts:
        found = [(start, end) for start, ends in enumerate(base.words(text)) for end in ends]
        stretches = ((start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1))
        assert found == [(start, end) for start, end in stretches if text[start:end] in known]


def test_how_likely_a_word_is_comes_from_jiebas_counts(base: BaseDictionary, reference: jieba.Tokenizer) -> None:
    expected = math.log(reference.FREQ["发货"] / reference.total)

    assert base.likelihood("发货") == pytest.approx(expected)
    assert base.words("发货")[0][2] == pytest.approx(expected)


def test_the_second_load_comes_from_the_cache(tmp_path: Path) -> None:
    first = BaseDictionary.load(tmp_path)
    cache = next(tmp_path.glob("*.npz"))
    written = cache.stat().st_mtime_ns

    second = BaseDictionary.load(tmp_path)

    assert cache.stat().st_mtime_ns == written
    assert (second.hashes == first.hashes).all()
    assert (second.likely == first.likely).all()


def test_a_damaged_cache_is_read_anew(tmp_path: Path) -> None:
    BaseDictionary.load(tmp_path)
    next(tmp_path.glob("*.npz")).write_bytes(b"\x00broken")

    assert BaseDictionary.load(tmp_path).likelihood("发货") > -math.inf


def test_a_folder_that_cannot_be_made_is_gone_without(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    assert BaseDictionary.load(file / "below").likelihood("发货") > -math.inf


def test_loading_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Segmenter(BaseDictionary.load(tmp_path)).cut("什么时候发货")

    assert capfd.readouterr() == ("", "")
