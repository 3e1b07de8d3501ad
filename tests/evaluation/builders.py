"""Labelled messages and what was read in them, made up for one test."""

from datetime import UTC, datetime

from app.domain.understanding import FaqScore, IntentScore, Request, Understanding
from app.evaluation.measured import LabelledRequest, LabelTitles, Measurement, measure_labels, read_labelled_messages
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import DecisionPolicy
from app.shop.schema import Thresholds
from intents._framework.registry import load_intents

NAMES = LabelTitles(
    {
        "stock": "库存",
        "bargaining": "议价",
        "shipping_time": "发货时间",
        "complaint": "投诉/纠纷",
        "unclear": "需上下文",
    },
    {"F1": "茶盘有货吗", "F2": "能便宜点吗"},
)
PRACTICE = DecisionPolicy(
    load_intents().traits,
    {"F1": "stock", "F2": "bargaining"},
    frozenset({"complaint"}),
)
THRESHOLDS = Thresholds(answer=0.6, clarify=0.25, gap=0.12)
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


def a_label(text: str = "有货吗", intent: str = "stock", faq: str = "", also: str = "") -> LabelledMessage:
    """A label; several intents are joined by |."""
    return LabelledMessage(text, _set(intent), _set(also), faq)


def _set(ids: str) -> frozenset[str]:
    return frozenset(filter(None, ids.split("|")))


def a_request(intent: str = "stock", sure: float = 0.9, faq: str = "", faq_sure: float = 0.0) -> Request:
    """A request with one likely intent, and one likely entry when named."""
    rest = "bargaining" if intent != "bargaining" else "stock"
    faqs = (FaqScore(faq, NAMES.entries[faq], faq_sure),) if faq else ()
    return Request("有货吗", (IntentScore(intent, sure), IntentScore(rest, min((1 - sure) / 2, sure * 0.9))), faqs)


def a_reading(label: LabelledMessage, request: Request) -> LabelledRequest:
    """The label beside this request."""
    understood = Understanding(label.text, label.text, (), (request,), whole=request)
    (reading,) = read_labelled_messages([label], lambda _: understood)
    return reading


def readings(right: int, wrong: int, sure: float = 0.9, wrong_sure: float = 0.9) -> list[LabelledRequest]:
    """So many stock questions read rightly, then so many bargainers taken for them."""
    return [
        *(a_reading(a_label(f"有货吗{at}"), a_request(sure=sure)) for at in range(right)),
        *(a_reading(a_label(f"便宜点{at}", "bargaining"), a_request(sure=wrong_sure)) for at in range(wrong)),
    ]


def measured(rows: list[LabelledRequest], unlabelled: int = 0) -> Measurement:
    """Those readings, measured."""
    return measure_labels(
        rows, THRESHOLDS, PRACTICE, NAMES, shop="demo", file="标注.tsv", at=NOON, unlabelled=unlabelled
    )
