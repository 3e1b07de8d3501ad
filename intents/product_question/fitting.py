"""Whether the goods bear or take what the buyer has, and which of them does."""

from app.commerce.fitting import judge_fit
from app.domain.catalogue import skus_with_attributes
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch
from intents.product_question.sizing import complete_girth

note = load_notes(__file__)


def answer_fit(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """A yes or a no, with what is written; None where nothing is written of such a load."""
    fit = judge_fit(goods.fact.value, complete_girth(case, goods)) if goods else None
    if goods is None or fit is None:
        return None
    key = "fits_none" if not fit.is_enough else "fits_which" if fit.chosen else "fits"
    words = {"title": goods.product_title, "load": fit.load, "name": fit.name, "value": fit.value, "chosen": fit.chosen}
    return compose_reply(
        case.replies.render_reply(key, **words),
        facts=(goods.fact,),
        slots={SlotName.PRODUCT: goods.fact.value.product_id} | _chosen_slot(goods, fit.chosen),
        tried=note("told_fit", load=fit.load),
    )


def _chosen_slot(goods: GoodsMatch, chosen: str) -> dict[str, str | None]:
    """The one variant that was told to fit is what is spoken of from now on."""
    listed = goods.fact.value.listed_skus
    fitting = skus_with_attributes(listed, [chosen]) if chosen else []
    return {SlotName.SKU: fitting[0].sku_id} if len(fitting) == 1 else {}
