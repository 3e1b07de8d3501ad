"""What follows from a shop's files is worked out once for each version of them, and forgotten with it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from app.shop import shop as module
from app.shop.shop import Shop, cache_per_shop
from tests.builders import a_shop, settings_of


@dataclass
class Work:
    """Counts how often it is done."""

    done: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, shop: Shop, what: str) -> str:
        self.done.append((shop.settings.name, what))
        return f"{shop.settings.name}/{what}"


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def once(work: Work) -> Callable[[Shop, str], str]:
    def asked(shop: Shop, what: str) -> str:
        return work(shop, what)

    return cache_per_shop(asked)


def test_the_same_question_of_the_same_version_is_answered_from_memory(
    once: Callable[[Shop, str], str], work: Work
) -> None:
    shop = a_shop()

    answers = {once(shop, "fees"), once(shop, "fees")}

    assert answers == {"松下小铺/fees"}
    assert len(work.done) == 1


def test_another_question_and_a_changed_shop_are_worked_out_anew(once: Callable[[Shop, str], str], work: Work) -> None:
    shop = a_shop()
    renamed = replace(shop, settings=settings_of().model_copy(update={"name": "新店"}))

    answers = [once(shop, "fees"), once(shop, "hours"), once(renamed, "fees")]

    assert answers == ["松下小铺/fees", "松下小铺/hours", "新店/fees"]
    assert len(work.done) == len(answers)


def test_what_is_kept_never_grows_without_end(
    once: Callable[[Shop, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    shop = a_shop()

    answers = [once(shop, f"{number}") for number in range(20)]

    assert answers[-1] == "松下小铺/19"
    assert len(shop.memo) <= 3
