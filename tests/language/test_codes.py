"""Orders, parcels and telephones are told apart."""

import pytest

from app.language.codes import CodeKind, find_codes, is_wordless


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("订单号13812345678", CodeKind.ORDER, "13812345678"),
        ("XW20260318-001", CodeKind.ORDER, "XW20260318-001"),
        ("快递单号 7312345678901", CodeKind.PARCEL, "7312345678901"),
        ("SF1234567890123", CodeKind.PARCEL, "SF1234567890123"),
        ("电话138 1234 5678", CodeKind.PHONE, "13812345678"),
        ("座机0571-88886666", CodeKind.PHONE, "0571-88886666".replace("-", "")),
    ],
)
def test_a_code_is_known_by_its_form_and_the_word_before(text: str, kind: CodeKind, value: str) -> None:
    first = next(find_codes(text))

    assert (first.kind, first.value) == (kind, value)


@pytest.mark.parametrize("text", ["要12个", "A4", "2026年", "1,299"])
def test_a_number_is_no_code(text: str) -> None:
    assert list(find_codes(text)) == []


@pytest.mark.parametrize(("text", "wordless"), [("", True), ("订单号12345678", True), ("12345什么时候发", False)])
def test_a_bare_code_has_no_words(text: str, wordless: bool) -> None:
    assert is_wordless(text) is wordless
