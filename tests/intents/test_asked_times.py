"""The times of a request are resolved at the moment of its turn."""

from datetime import timedelta

from app.language.dates import DateKind
from tests.intents.cases import NOW, a_case


def test_a_day_is_the_shops_own_day():
    (asked,) = a_case("arrival_time", "后天下午五点能到吗").asked_times

    assert asked.begins is not None
    assert asked.begins.isoformat() == "2026-11-27T17:00:00+08:00"


def test_a_deadline_begins_with_the_turn():
    (asked,) = a_case("shipping_time", "三天内能发吗").asked_times

    assert (asked.kind, asked.begins, asked.ends) == (DateKind.DEADLINE, NOW, NOW + timedelta(days=3))
