"""What a shop asks its buyers about its service, judged as an answer is: every buyer who was served reads it."""

from collections.abc import Callable, Sequence

from app.domain.catalogue import FaqEntry
from app.shop.checks.answer import AnswerProblem
from app.shop.document import KeyPlace
from app.shop.report import ProblemCollector, Severity
from app.shop.schema import ShopSettings

KEYS = ("csat", "text")


def check_invitation(
    settings: ShopSettings,
    place: KeyPlace,
    judge: Callable[[FaqEntry], Sequence[AnswerProblem]],
    problems: ProblemCollector,
) -> ShopSettings:
    """The settings, with our own words in place of those that may not be said."""
    said = settings.csat.text
    if not said:
        return settings
    entry = FaqEntry(".".join(KEYS), "", said.replace("{address}", settings.tone.address))
    found = judge(entry)
    for problem in found:
        problems.report_problem(problem.severity, place.locate_key(*KEYS), problem.message, problem.rule)
    if all(problem.severity is not Severity.ERROR for problem in found):
        return settings
    return settings.model_copy(update={"csat": settings.csat.model_copy(update={"text": ""})})
