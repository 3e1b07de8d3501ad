"""The documents for contributors name files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A path in backticks or in a link; what holds <a placeholder> is for the reader to fill in.
NAMED = re.compile(r"(?:`|\]\()((?:app|docs|faq|handoff|intents|tests)/[\w./-]*|[\w-]+\.md)(?:`|\))")
LEAST_NAMED = 20


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    named = NAMED.findall((ROOT / name).read_text(encoding="utf-8"))

    assert len(named) >= LEAST_NAMED
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_room_has_its_line_in_the_guide() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = [folder.name for folder in (ROOT / "app").iterdir() if (folder / "__init__.py").exists()]

    assert [room for room in sorted(rooms) if f"`app/{room}/" not in guide and room != "domain"] == []
