"""The demo shop's own wordings, each typed alone: at least 98 % get their entry, or a reply that says as much."""

from app.dialogue.policy import find_own_words
from app.domain.catalogue import FaqEntry
from app.domain.decision import Answer
from app.domain.understanding import Understanding, Utterance
from app.language.bids import list_numbers
from app.language.text import letter_pairs, normalise
from app.tenants.registry import OpenShop, OpenShops
from app.turns.plan import whole_request
from intents._framework.registry import IntentRegistry
from intents._framework.schema import Check
from tests.intents.conftest import WEDNESDAY_MORNING, Counter

LEAST = 0.98
FEWEST_SHARED = 4
TODAY = WEDNESDAY_MORNING.date()


def own_wordings(opened: OpenShop) -> list[tuple[str, FaqEntry, str | None]]:
    """Every wording with its entry, and the product it is about where there is one."""
    return [
        (wording, entry, min(entry.products, default=None))
        for entry in opened.entries.values()
        for wording in (entry.question, *entry.similar_questions)
    ]


def quoted_entry(heard: Understanding, opened: OpenShop, catalogue: IntentRegistry) -> str | None:
    """The entry that is told before any action is asked."""
    found = find_own_words(whole_request(heard), catalogue.traits, opened.intent_of)
    return found.faq.entry_id if found and found.faq else None


def says_as_much(reply: str, entry: FaqEntry) -> bool:
    """The entry's own words, or another answer that shares its words and tells no other figures.

    Where the entry asks for the order's number, so does the reply.
    """
    if entry.answer.replace("{address}", "亲") in reply:
        return True
    shared = letter_pairs(normalise(reply)) & letter_pairs(normalise(entry.answer))
    figures = list_numbers(reply) <= list_numbers(entry.answer) or not list_numbers(entry.answer)
    return len(shared) >= FEWEST_SHARED and figures and ("订单号" in reply) >= ("订单号" in entry.answer)


async def test_the_shops_own_wordings_get_the_shops_own_answers(
    counter: Counter, shops: OpenShops, catalogue: IntentRegistry
) -> None:
    opened = shops.get_shop("demo")
    asked = own_wordings(opened)
    heard = opened.reader.understand_all(
        [Utterance(wording, today=TODAY, product_id=product) for wording, _, product in asked]
    )
    others = [
        (wording, entry, product)
        for (wording, entry, product), each in zip(asked, heard, strict=True)
        if quoted_entry(each, opened, catalogue) != entry.entry_id
    ]

    missed = []
    for wording, entry, product in others:
        turn = await counter.hold(Check(say=wording, product=product, action="answer"))
        reply = "\n".join(each.text for each in turn.replies)
        decided = turn.steps[0].decision
        if not (isinstance(decided, Answer) and says_as_much(reply, entry)):
            missed.append((wording, reply))
    assert len(missed) <= (1 - LEAST) * len(asked), missed
