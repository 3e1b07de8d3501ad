"""Which of the goods are so: 哪款是竹子的, 哪种是带盖的; those that are written to be.

That none is can be said of a colour or a material alone, which a catalogue names: of what else goods may be, nothing
written is no no.
"""

from collections.abc import Iterable
from typing import Final

from app.commerce.advice import MOST_PROPOSED, Proposal
from app.domain.catalogue import Product
from app.domain.outcome import Outcome
from app.language.looks import names_look
from app.language.things import find_asked_feature
from app.language.whether import Modal, WhetherQuestion, judge_written
from intents._framework.contract import Case
from intents._kit.other_thing import tell_not_sold
from intents.product_question.advice import tell_proposals
from intents.product_question.advised import Advised

SEVERAL: Final = 2


async def tell_goods_having(case: Case) -> Outcome | None:
    """None where no feature is asked for of goods at large, or nothing of them can be had. Raises FactsError."""
    feature = find_asked_feature(case.request.text)
    everything = await case.facts.list_products() if feature else None
    if feature is None or everything is None or not everything.value:
        return None
    found = [each for product in everything.value for each in _propose_for(product, feature)][:MOST_PROPOSED]
    if not found:
        return tell_not_sold(case, f"{feature}的") if names_look(feature) else None
    return await tell_proposals(case, "advice" if len(found) >= SEVERAL else "advice_one", found, Advised(feature))


def _propose_for(product: Product, feature: str) -> Iterable[Proposal]:
    """The product with a variant that can be had, where its words speak of the feature."""
    held = [sku for sku in product.listed_skus if sku.stock > 0]
    so = [sku for sku in held if any(feature in value for value in sku.attributes)]
    asked = WhetherQuestion(Modal.BE, "", feature)
    reason = next((pair for pair in product.details if judge_written(asked, *pair)), None)
    named = any(feature in name for name in (product.title, *product.keywords))
    if so:
        yield Proposal(product, so[0], reason)
    elif held and (reason or named):
        yield Proposal(product, held[0], reason)
