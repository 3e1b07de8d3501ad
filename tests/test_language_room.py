"""Only the language room and data files read Chinese: no other module holds a regular expression over it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSES = ("app", "intents", "handoff")
READERS = ("app/language/",)
EXCEPTIONS = {
    "app/shop/": "the shopkeeper's own tables and times",
    "app/understanding/training/sentence.py": "which pieces of the encoder's alphabet are kept; it reads no meaning",
    "app/observability/masking.py": "personal data is masked in logs by its shape",
    "intents/_framework/policy.py": "our own sentences, joined so that the buyer is called once",
}
"""Where such an expression may stand, and why."""
MAKERS = frozenset({"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})


def holds_chinese(node: ast.AST) -> bool:
    texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in text)


def chinese_names(tree: ast.AST) -> set[str]:
    """Names that hold Chinese, the module's or the language room's: a pattern made of them reads Chinese, too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.language"):
            found.update(each.asname or each.name for each in node.names)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and holds_chinese(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(each.id for each in targets if isinstance(each, ast.Name))
    return found


def chinese_expressions(source: str) -> Iterator[int]:
    """Lines that make a regular expression with Chinese in it, or with a name that holds some."""
    tree = ast.parse(source)
    names = chinese_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        module = node.func.value
        if not isinstance(module, ast.Name) or module.id not in {"re", "regex"} or node.func.attr not in MAKERS:
            continue
        pattern = node.args[0]
        used = {each.id for each in ast.walk(pattern) if isinstance(each, ast.Name)}
        if holds_chinese(pattern) or used & names:
            yield node.lineno


def modules() -> Iterator[str]:
    for house in HOUSES:
        for file in sorted((ROOT / house).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix()


def test_only_the_language_room_reads_chinese() -> None:
    allowed = (*READERS, *EXCEPTIONS)
    found = [
        f"{name}:{line}"
        for name in modules()
        if not name.startswith(allowed)
        for line in chinese_expressions((ROOT / name).read_text(encoding="utf-8"))
    ]

    assert not found, "what they read is an act, an entity or a cue (CONTRIBUTING.md)"


@pytest.mark.parametrize("place", EXCEPTIONS)
def test_no_exception_outlives_its_reason(place: str) -> None:
    names = [name for name in modules() if name.startswith(place)]

    assert any(list(chinese_expressions((ROOT / name).read_text(encoding="utf-8"))) for name in names)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import re\nA = re.compile('谢谢')", [2]),
        ("import re\nA = '谢'\nB = re.search(f'{A}$', text)", [3]),
        ("import re\nfrom app.language.numbers import NUMBER\nA = re.compile(NUMBER)", [3]),
        ("import re\nA = re.compile(r'\\d+')", []),
        ("A = '谢谢'", []),
    ],
)
def test_the_rule_sees_what_it_is_for(source: str, lines: list[int]) -> None:
    assert list(chinese_expressions(source)) == lines
