"""Tokens of agents."""

import stat
from pathlib import Path

import pytest

from app.errors import NotFoundError, UnauthenticatedError
from app.web.auth import (
    LONGEST_TOKEN,
    AgentAuthenticator,
    ensure_demo_token,
    issue_token,
    parse_fixed_tokens,
    revoke_tokens,
)
from handoff.agents import Agent, AgentRole, generate_token, hash_token
from tests.handoff.builders import MORNING
from tests.handoff.fakes import FakeTokens


async def test_a_token_shows_whose_it_is():
    store = FakeTokens()
    token = await issue_token(store, "xiaowang", AgentRole.AGENT, ("demo",), MORNING)

    assert await AgentAuthenticator(store).authenticate_token(token) == Agent(
        "xiaowang", AgentRole.AGENT, frozenset({"demo"})
    )


async def test_a_token_is_kept_only_as_its_hash():
    store = FakeTokens()

    token = await issue_token(store, "xiaowang", AgentRole.AGENT, None, MORNING)

    assert token not in repr(store.kept)
    assert list(store.kept) == [hash_token(token)]


async def test_a_revoked_token_opens_nothing():
    store = FakeTokens()
    token = await issue_token(store, "xiaowang", AgentRole.AGENT, None, MORNING)

    await revoke_tokens(store, "xiaowang", MORNING)

    with pytest.raises(UnauthenticatedError):
        await AgentAuthenticator(store).authenticate_token(token)


async def test_revoking_an_agent_ends_all_of_their_tokens_and_nobody_elses():
    store = FakeTokens()
    for agent in ("a", "a", "b"):
        await issue_token(store, agent, AgentRole.AGENT, None, MORNING)

    gone = await revoke_tokens(store, "a", MORNING)

    assert [token.agent for token in gone] == ["a", "a"]
    assert [token.agent for token in store.kept.values() if token.revoked_at is None] == ["b"]


async def test_one_token_is_revoked_by_the_beginning_of_its_hash():
    store = FakeTokens()
    token = await issue_token(store, "a", AgentRole.AGENT, None, MORNING)
    await issue_token(store, "a", AgentRole.AGENT, None, MORNING)

    gone = await revoke_tokens(store, hash_token(token)[:12], MORNING)

    assert [each.token_hash for each in gone] == [hash_token(token)]


@pytest.mark.parametrize("who", ["nobody", "", "ab"])
async def test_revoking_nothing_says_so(who: str):
    store = FakeTokens()
    await issue_token(store, "a", AgentRole.AGENT, None, MORNING)

    with pytest.raises(NotFoundError):
        await revoke_tokens(store, who, MORNING)


async def test_tokens_of_the_environment_work_without_a_store():
    token = generate_token()

    guard = AgentAuthenticator(
        FakeTokens(), parse_fixed_tokens(f"li:supervisor:demo|tea:{token} , bo:admin:*:other", MORNING)
    )

    assert await guard.authenticate_token(token) == Agent("li", AgentRole.SUPERVISOR, frozenset({"demo", "tea"}))
    assert await guard.authenticate_token("other") == Agent("bo", AgentRole.ADMIN, None)


@pytest.mark.parametrize("setting", ["li:agent:demo", "li:boss:demo:t0psecret", "t0psecret"])
def test_a_malformed_setting_is_refused_without_showing_the_token(setting: str):
    with pytest.raises(ValueError, match="第 1 项") as told:
        parse_fixed_tokens(setting, MORNING)

    assert "t0psecret" not in str(told.value)


async def test_the_demo_token_is_made_once_and_readable_by_its_owner_only(tmp_path: Path):
    store = FakeTokens()

    token = await ensure_demo_token(store, tmp_path / "state", MORNING)
    again = await ensure_demo_token(store, tmp_path / "state", MORNING)

    place = tmp_path / "state" / "agent_token"
    assert token == again
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert (await AgentAuthenticator(store).authenticate_token(token)).role is AgentRole.ADMIN


async def test_a_demo_token_of_another_database_is_replaced(tmp_path: Path):
    old = await ensure_demo_token(FakeTokens(), tmp_path, MORNING)
    store = FakeTokens()

    new = await ensure_demo_token(store, tmp_path, MORNING)

    assert new != old
    assert (await AgentAuthenticator(store).authenticate_token(new)).id == "demo"


def test_no_two_tokens_are_alike():
    assert len({generate_token() for _ in range(1000)}) == 1000


async def test_what_is_too_long_for_a_token_is_not_even_looked_up():
    class Counting(FakeTokens):
        asked = 0

        async def find_token(self, token_hash: str):
            self.asked += 1
            return await super().find_token(token_hash)

    store = Counting()
    guard = AgentAuthenticator(store)

    for shown in ("", "x" * (LONGEST_TOKEN + 1), "x" * LONGEST_TOKEN):
        with pytest.raises(UnauthenticatedError):
            await guard.authenticate_token(shown)

    assert store.asked == 1
