"""What a person means by the words of a brief: the values of some fields, without names, codes and times."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

SEARCHED = (
    "$.wish",
    "$.intent_title",
    "$.summary[*]",
    "$.slots[*].value",
    "$.slots[*].text",
    "$.collected.*",
    "$.notes[*]",
    "$.snapshots[*].title",
    "$.snapshots[*].lines[*].value",
    "$.promised[*]",
)
"""SQL/JSON paths, each to texts."""


class BriefWords(FunctionElement[str]):
    """The texts of a brief's JSON that a search reads, in one."""

    type = Text()
    inherit_cache = True


@compiles(BriefWords, "postgresql")
def _compile_postgres(element: BriefWords, compiler: SQLCompiler, **options: Any) -> str:
    brief = compiler.process(element.clauses, **options)
    found = " || ".join(f"jsonb_path_query_array(CAST({brief} AS jsonb), '{path}')" for path in SEARCHED)
    return f"CAST(({found}) AS text)"


@compiles(BriefWords, "sqlite")
def _compile_sqlite(element: BriefWords, compiler: SQLCompiler, **options: Any) -> str:
    brief = compiler.process(element.clauses, **options)
    named = " OR ".join(f"fullkey GLOB '{path.replace('[*]', '[[]*]')}'" for path in SEARCHED)
    return f"(SELECT group_concat(atom, char(10)) FROM json_tree({brief}) WHERE type = 'text' AND ({named}))"  # noqa: S608 (our own)
