"""The promotions a buyer names: by their amounts or rates, or by words of their titles that no other promotion has."""

from collections import Counter
from collections.abc import Sequence

from app.domain.catalogue import Promotion
from app.language.bids import list_numbers
from app.language.numbers import find_shares, normalise_width

BIGRAM = 2


def named_promotions(text: str, promotions: Sequence[Promotion]) -> tuple[Promotion, ...]:
    """Those named, in the order given."""
    words = {each.promotion_id: _title_bigrams(each.title) for each in promotions}
    shared = Counter(word for own in words.values() for word in own)
    numbers = list_numbers(text)
    rates = {share.share for share in find_shares(normalise_width(text))}
    return tuple(
        each
        for each in promotions
        if (each.minus and each.minus in numbers)
        or (each.rate != 1 and each.rate in rates)
        or any(shared[word] == 1 and word in text for word in words[each.promotion_id])
    )


def _title_bigrams(title: str) -> set[str]:
    pairs = (title[at : at + BIGRAM] for at in range(len(title) - 1))
    return {pair for pair in pairs if pair.isalpha() and not pair.isascii()}
