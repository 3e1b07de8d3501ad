"""Whom an @ in a note means."""

import pytest

from app.domain.handoff import Group
from handoff.agents import Agent, AgentRole
from handoff.mentions import MentionReader, find_named
from handoff.roster import AgentStatus, Colleague, DeskProfile

NAMES = {
    "xiaowang": frozenset({"xiaowang"}),
    "小王": frozenset({"xiaowang"}),
    "小王子": frozenset({"prince"}),
    "Lan": frozenset({"Lan"}),
    "lan-2": frozenset({"lan-2"}),
    "售后组": frozenset({"xiaowang", "qing"}),
}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@小王你看下", {"xiaowang"}),
        ("请＠小王 看下", {"xiaowang"}),
        ("@小王子在吗", {"prince"}),
        ("@LAN, please", {"Lan"}),
        ("@lan-2 和 @小王", {"lan-2", "xiaowang"}),
        ("@lance", set()),
        ("写信到 a@lan.com", set()),
        ("@小李 不认识", set()),
        ("@ 小王", set()),
        ("小王", set()),
        ("@售后组都看看", {"xiaowang", "qing"}),
        ("结尾@", set()),
    ],
)
def test_the_longest_known_name_after_an_at_is_meant_and_nothing_else(text: str, named: set[str]) -> None:
    assert find_named(text, NAMES) == named


class Desk:
    """Wang of after-sales, Qing who takes everything, Lan of presale, and Mei, who serves another shop."""

    async def list_colleagues(self, agent: Agent) -> list[Colleague]:
        del agent
        return [
            _colleague("wang", "小王", {Group.AFTERSALE}),
            _colleague("qing", "", set()),
            _colleague("lan", "小兰", {Group.PRESALE}),
            _colleague("mei", "小美", set(), shop="other"),
        ]

    def group_title(self, shop: str, group: Group) -> str | None:
        assert shop == "demo"
        return {Group.PRESALE: "售前组", Group.AFTERSALE: "售后组"}.get(group)


def _colleague(name: str, shown: str, groups: set[Group], shop: str = "demo") -> Colleague:
    profile = DeskProfile(name, shown, frozenset(groups))
    return Colleague(profile, AgentStatus.ONLINE, AgentRole.AGENT, frozenset({shop}))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@小王 @小兰", ("lan", "wang")),
        ("@售后组 看看", ("qing", "wang")),
        ("@aftersale", ("qing", "wang")),
        ("@小美 @主管", ()),  # of another shop; a group this shop has not
        ("@qing @小王", ("wang",)),  # the writer tells themself nothing
        ("没有叫谁", ()),
    ],
)
async def test_colleagues_of_the_shop_and_whoever_takes_a_group_are_named(text: str, named: tuple[str, ...]) -> None:
    desk = Desk()
    writer = Agent("qing" if "@qing" in text else "zhu", AgentRole.AGENT, frozenset({"demo"}))

    assert await MentionReader(desk, desk).list_named(writer, "demo", text) == named
