"""Notes for agents stand in YAML; every one is written somewhere, and every use has one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from intents._framework.notes import SHARED_NOTES, load_notes
from intents._framework.schema import parse_yaml_mapping, read_head

INTENTS = Path(__file__).parents[2] / "intents"
SHARED = parse_yaml_mapping(SHARED_NOTES.read_text(encoding="utf-8"), SHARED_NOTES)


def used_keys(folder: Path) -> Iterator[str]:
    """The first arguments of note("…") in the modules of a folder."""
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "note":
                assert isinstance(node.args[0], ast.Constant), (file, node.lineno)
                yield node.args[0].value


@pytest.mark.parametrize("intent", sorted(file.parent.name for file in INTENTS.glob("*/intent.yml")))
def test_an_intents_notes_are_those_its_code_writes(intent: str) -> None:
    used, own = set(used_keys(INTENTS / intent)), set(read_head(INTENTS / intent / "intent.yml").notes)

    assert used - own <= set(SHARED)
    assert own - used == set()


def test_every_shared_note_is_written_by_some_code() -> None:
    folders = [*(folder for folder in INTENTS.iterdir() if folder.is_dir()), INTENTS.parent / "app" / "turns"]
    used = {key for folder in folders for key in used_keys(folder)}

    assert set(SHARED) - used == set()


def test_a_note_of_the_folder_comes_before_a_shared_one(tmp_path: Path) -> None:
    (tmp_path / "intent.yml").write_text(
        'id: a\ntitle: 甲\nstages: [any]\ngroup: presale\nnotes: {asked_order: 问过单号, left: "还剩{count}件"}\n',
        encoding="utf-8",
    )
    note = load_notes(str(tmp_path / "action.py"))

    assert note("asked_order") == "问过单号"
    assert note("left", count=3) == "还剩3件"
    assert note("asked_product") == SHARED["asked_product"]
    with pytest.raises(KeyError):
        note("nothing_of_that_name")
