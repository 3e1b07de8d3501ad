"""Kills, an outage and a receiver that fails, at once and behind the proxy: `make chaos` does it for longer."""

from pathlib import Path

import pytest

from tests.abuse.chaos import run_chaos


@pytest.mark.timeout(900)
async def test_through_kills_and_an_outage_nothing_is_lost_doubled_disordered_or_said_over_a_person(
    tmp_path: Path,
) -> None:
    counted = await run_chaos(tmp_path, seconds=60, rate=8, seed=7)

    assert counted["takeovers"] == 6
