"""Sentences of errors come from errors.yml, and each is used."""

import re
from pathlib import Path

import yaml

from app.errors import error_sentence

ROOT = Path(__file__).parents[1]
USED = re.compile(r'error_sentence\(\s*"(\w+)"')


def test_every_sentence_is_used_and_every_use_has_one() -> None:
    written = yaml.safe_load((ROOT / "app" / "errors.yml").read_text(encoding="utf-8"))
    used = {
        key
        for room in ("app", "handoff")
        for file in (ROOT / room).rglob("*.py")
        for key in USED.findall(file.read_text(encoding="utf-8"))
    }

    assert used == set(written)


def test_a_sentence_is_filled() -> None:
    assert error_sentence("unknown_ticket", id="T-1") == "没有编号为 T-1 的工单"
    assert error_sentence("no_callback", shop="demo").endswith("callback: {url: …}")
