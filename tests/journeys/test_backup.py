"""`xiaoer backup` while the service runs, `xiaoer restore` while it does not."""

import fcntl
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("XIAOER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XIAOER_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    return done.exit_code, done.output


def test_a_token_comes_back_with_the_backup_it_was_in(state: Path, tmp_path: Path) -> None:
    run("tokens", "add", "lan")
    backed_up = run("backup", tmp_path / "kept")
    run("tokens", "revoke", "lan")
    restored = run("restore", tmp_path / "kept", "--yes")

    assert (backed_up[0], restored[0]) == (0, 0), (backed_up, restored)
    assert "有效" in run("tokens", "list")[1]
    assert any(".before-" in path.name for path in state.iterdir())


def test_a_database_that_is_served_is_not_replaced(state: Path, tmp_path: Path) -> None:
    run("db", "upgrade")
    run("backup", tmp_path / "kept")
    with (state / "xiaoer.sqlite3.lock").open("w") as served:
        fcntl.flock(served, fcntl.LOCK_EX)
        code, said = run("restore", tmp_path / "kept", "--yes")

    assert code == 1
    assert "停掉" in said


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_has_tools_of_its_own(
    command: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    run("backup", tmp_path)
    monkeypatch.setenv("XIAOER_DATABASE_URL", "postgresql://nobody@nowhere.invalid/none")

    code, said = run(command, tmp_path)

    assert code == 1
    assert "docs/backup.md" in said


def test_a_folder_without_a_backup_and_a_shop_without_a_database_are_told(state: Path, tmp_path: Path) -> None:
    for command in ("backup", "restore"):
        code, said = run(command, tmp_path / "kept")
        assert code == 1
        assert "Traceback" not in said
