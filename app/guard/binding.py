"""Tells what an answer of the FAQ promises from what it only tells: a number is a promise in a promise's sentence."""

from collections.abc import Collection

from app.guard.claims import Claim, ClaimKind, blank_names
from app.guard.phrases import PHRASES
from app.language.clauses import split_marks, split_sentences
from app.language.numbers import normalise_width, read_percent

_KNOWLEDGE = frozenset(
    {
        ClaimKind.COUNT,
        ClaimKind.NUMBER,
        ClaimKind.TIME,
        ClaimKind.STACKS,
        ClaimKind.RECORDED,
        ClaimKind.IN_TIME,
    }
)
_PLEDGES = frozenset({ClaimKind.COUPON, ClaimKind.GIFT, ClaimKind.OTHER_GIFT, ClaimKind.AMENDS, ClaimKind.LASTING_CARE})
_MAY_CONFIRM = frozenset(
    {
        ClaimKind.AMOUNT,
        ClaimKind.RATE,
        ClaimKind.DATE,
        ClaimKind.DURATION,
        ClaimKind.COUPON,
        ClaimKind.GIFT,
        ClaimKind.OTHER_GIFT,
        ClaimKind.FREE_CARRIER,
    }
)
"""What a shop may say it means; the others bind it to what no row of a table can authorise."""


def list_binding_claims(
    claims: Collection[Claim], answer: str, names: Collection[str], *, confirmed: bool
) -> list[Claim]:
    """The claims of an answer that bind the shop; a confirmed answer binds by fewer kinds."""
    idle = _KNOWLEDGE | _MAY_CONFIRM if confirmed else _KNOWLEDGE
    kept = [claim for claim in claims if claim.kind not in idle]
    if not kept:
        return []
    sentences = split_sentences(blank_names(normalise_width(answer), names))
    return [claim for claim in kept if _is_binding(claim, _find_sentence(claim, sentences))]


def _find_sentence(claim: Claim, sentences: Collection[str]) -> str:
    return next((sentence for sentence in sentences if claim.clause in sentence), claim.clause)


def _is_binding(claim: Claim, sentence: str) -> bool:
    if claim.kind in (ClaimKind.DATE, ClaimKind.DURATION):
        return PHRASES.is_in("promising", claim.clause) and not (_is_address(claim) or _is_buyers_limit(claim))
    if claim.kind is ClaimKind.ARRIVAL:
        return not _is_address(claim)
    if claim.kind is ClaimKind.RATE:
        return takes_off(claim)
    if claim.kind is ClaimKind.AMOUNT:
        return not PHRASES.is_in("paid_elsewhere", sentence)
    if claim.kind in _PLEDGES:
        return not (_is_denied(claim) or _is_told_elsewhere(claim) or _is_insured(claim))
    return True


def _is_address(claim: Claim) -> bool:
    """Whether the number of a house was taken for a day."""
    return claim.kind is not ClaimKind.DURATION and PHRASES.is_in("in_address", claim.clause)


def _is_buyers_limit(claim: Claim) -> bool:
    """Whether it says until when a buyer may do something (发货前2小时可以改), not by when the shop does."""
    return PHRASES.is_in("before_buyers_limit", claim.clause.partition(claim.text)[0])


def takes_off(claim: Claim) -> bool:
    """Whether a share is taken off or given: 棉95% and 电量80% say what something is; a discount is always given."""
    before, _, after = claim.clause.partition(claim.text)
    if read_percent(claim.text) is None:
        return not PHRASES.is_in("folds", claim.clause)
    return PHRASES.is_in("before_share_given", before) or PHRASES.is_in("after_share_given", after)


def _is_denied(claim: Claim) -> bool:
    return PHRASES.is_in("denies", claim.clause.partition(claim.text)[0])


def _is_insured(claim: Claim) -> bool:
    return claim.kind is ClaimKind.AMENDS and PHRASES.is_in("insured", claim.clause)


def _is_told_elsewhere(claim: Claim) -> bool:
    """Whether the answer sends the buyer to the shop's page for it, and names no terms itself."""
    loose = claim.kind in (ClaimKind.COUPON, ClaimKind.GIFT)
    return loose and PHRASES.is_in("elsewhere_told", claim.clause)


def find_return_freight(question: str, answer: str) -> str | None:
    """The words that let goods go back at the shop's cost whatever the reason.

    A fault may be named in the question, or before in the answer.
    """
    if not PHRASES.is_in("travels_back", answer):
        return None
    said = question
    for sentence in split_sentences(normalise_width(answer)):
        said += sentence
        hits = (PHRASES.first_hit("return_freight", clause) for clause in split_marks(sentence))
        words = next((hit for hit in hits if hit), None)
        if words and not PHRASES.is_in("at_fault", said):
            return words
    return None


def find_floor_offer(answer: str) -> str | None:
    """The words that tell the lowest price that could be had."""
    plain = normalise_width(answer)
    if not PHRASES.is_in("floor_offer", plain):
        return None
    hits = (PHRASES.first_hit("floor_offer", clause) for clause in split_marks(plain))
    return next((words for words in hits if words), None)
