"""FAQ rows that a shop matches by their words: 完全一致, then 正则, then 包含; they go before every intent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.catalogue import FaqEntry, MatchMode
from app.shop.faq import question_key
from app.shop.patterns import MOST_CHARACTERS, compile_pattern
from app.shop.shop import Shop, cache_per_shop


@dataclass(frozen=True, slots=True)
class FixedRows:
    """The rows by mode; of several that match, the shop's order decides, and the longest words among 包含."""

    exact: Mapping[str, tuple[FaqEntry, ...]]
    patterns: tuple[tuple[str, FaqEntry], ...]
    words: tuple[tuple[str, FaqEntry], ...]

    def find_rows(self, text: str) -> list[FaqEntry]:
        """The rows that match the message, the first to be preferred."""
        key = question_key(text)
        found = list(self.exact.get(key, ()))
        short = text[:MOST_CHARACTERS]
        found += [entry for pattern, entry in self.patterns if compile_pattern(pattern).search(short)]
        found += [entry for word, entry in self.words if word in key]
        return [entry for entry in found if not _is_excluded(entry, key)]


def _is_excluded(entry: FaqEntry, key: str) -> bool:
    return any(question_key(wording) in key for wording in entry.not_matching)


@cache_per_shop
def build_fixed_rows(shop: Shop) -> FixedRows:
    """The shop's rows that are not matched by meaning."""
    exact: dict[str, list[FaqEntry]] = {}
    patterns: list[tuple[str, FaqEntry]] = []
    words: list[tuple[str, FaqEntry]] = []
    for entry in shop.faq:
        for wording in (entry.question, *entry.similar_questions):
            match entry.match:
                case MatchMode.EXACT:
                    exact.setdefault(question_key(wording), []).append(entry)
                case MatchMode.PATTERN:
                    patterns.append((wording, entry))
                case MatchMode.CONTAINS:
                    words.append((question_key(wording), entry))
    words = [(word, entry) for word, entry in words if word]
    words.sort(key=lambda each: -len(each[0]))
    return FixedRows({key: tuple(found) for key, found in exact.items()}, tuple(patterns), tuple(words))


def find_fixed_row(shop: Shop, text: str, today: date, products: Collection[str]) -> FaqEntry | None:
    """The row that answers this very message, a product's own before a general one; None when none is matched so."""
    found = [entry for entry in build_fixed_rows(shop).find_rows(text) if entry.is_in_force(today, products)]
    return next((entry for entry in found if entry.products), found[0] if found else None)
