"""Says what a shop gets that writes nothing: the defaults that a shopkeeper would want to know."""

from collections.abc import Sequence

from app.shop.contents import FolderContents
from app.shop.report import ProblemCollector, Severity


def check_defaults(contents: FolderContents, kept_for_people: Sequence[str], problems: ProblemCollector) -> None:
    """Hints at the intents that go to people because shop.yml names none; `kept_for_people` are their titles."""
    settings, place = contents.settings, contents.settings_place
    if settings is None or place is None or settings.authority.always_people.chosen_intents is not None:
        return
    told = (
        f"没有写 always_people.intents（哪些问题一定转人工），按默认：{'、'.join(kept_for_people) or '没有'}；"
        "买家问到问答里写了的，先照问答说。"
        "要改就在 authority.always_people 里写 intents: [投诉, 转人工]。"
    )
    problems.report_problem(Severity.HINT, place.locate_key("authority", "always_people"), told, "default_people")
