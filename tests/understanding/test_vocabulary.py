"""Numbers of what a shop's wordings hold."""

from app.understanding.faq.vocabulary import TermCollector, hash_grams
from app.understanding.understander import Understander


def test_latin_letters_are_not_taken_for_the_character_of_the_same_bytes() -> None:
    latin, chinese = hash_grams(("og", "杯")).tolist()

    assert b"og".decode("utf-16-le") == "杯"
    assert latin != chinese


def test_a_text_shares_only_what_some_wording_holds(understander: Understander) -> None:
    gathered = TermCollector()
    gathered.add_text(understander.reader.analyze("几天发货"))
    vocabulary = gathered.build_vocabulary()

    terms = vocabulary.extract_terms([understander.reader.analyze(text) for text in ("xyz", "几天发货")])
    other, same = (terms.numbers[terms.texts == text] for text in (0, 1))

    assert sorted(same.tolist()) == list(range(len(vocabulary)))
    assert set(vocabulary.concepts.tolist()) <= set(same.tolist())
    assert len(other) == 2  # its beginning and its end
