"""The README's tour of ten messages is true, in both languages."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.service import Service
from tests.journeys.test_cli import talking_to, xiaoer

ROW = re.compile(r"^\| (\d+) \| `xiaoer ([^`]+)`", re.MULTILINE)
EXPECTED = {
    1: ("answer", "shipping_time"),
    2: ("answer", "stock"),
    3: ("answer", "promotion"),
    4: ("answer", "delivery_urging"),
    5: ("answer", "bargaining"),
    6: ("answer", "bargaining"),
    7: ("answer", "product_question"),
    8: ("answer", "courier"),
    9: ("handoff", "complaint"),
    10: ("answer", "greeting"),
}


def tour(readme: str) -> dict[int, list[str]]:
    """The commands by their number."""
    return {int(number): shlex.split(command) for number, command in ROW.findall(Path(readme).read_text("utf-8"))}


def test_both_readmes_hold_the_same_tour() -> None:
    assert tour("README.md") == tour("README.zh-CN.md")
    assert set(tour("README.md")) == set(EXPECTED)


@pytest.mark.parametrize("number", sorted(EXPECTED))
def test_a_message_of_the_tour_goes_as_the_readme_says(service: Service, number: int) -> None:
    command = [*tour("README.md")[number], "--json"]
    if "--conversation" not in command:
        command += ["--conversation", f"tour-{number}"]

    said = xiaoer(*command, **talking_to(service))

    body: dict[str, Any] = json.loads(said.stdout)
    assert (body["decision"]["action"], body["decision"]["intent"]) == EXPECTED[number], said.stdout
    assert body["replies"]


def test_the_haggle_of_the_tour_ends_with_a_supervisor(service: Service) -> None:
    commands = tour("README.md")
    first, offer = ([*commands[number], "--json"] for number in (5, 6))
    rename = {"haggle": "tour-haggle"}

    bodies = [
        json.loads(xiaoer(*(rename.get(word, word) for word in command), **talking_to(service)).stdout)
        for command in (first, offer, offer, offer)
    ]

    assert bodies[-1]["decision"]["reason"] == "authority_exceeded"
    assert bodies[-1]["handoff"]["group"] == "supervisor"


def test_the_duplicate_of_the_tour_gets_the_stored_answer(service: Service) -> None:
    command = [word.replace("twice", "tour-twice").replace("m-1", "tour-m-1") for word in tour("README.md")[10]]

    first, second = (json.loads(xiaoer(*command, "--json", **talking_to(service)).stdout) for _ in range(2))

    assert second == {**first, "duplicate": True}
