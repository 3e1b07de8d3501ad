"""A SQLite file has one serving process; everything else may work beside it."""

import signal
from pathlib import Path

import pytest

from tests.journeys.service import SECRET, running, start, wait_until_ready
from tests.journeys.test_cli import talking_to, xiaoer

PORT = "18099"  # the second process never comes to listen


def test_a_second_service_on_the_same_file_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    own = {"XIAOER_STATE_DIR": str(tmp_path), "XIAOER_DATABASE_URL": ""}

    with running(tmp_path) as first:
        second = xiaoer("serve", "--port", PORT, **own)
        beside = [
            xiaoer("outbox", "list", **talking_to(first)),
            xiaoer("tokens", "add", "xiaowang", "--shop", "demo", **own),
        ]

    assert second.returncode == 1
    assert str(tmp_path / "xiaoer.sqlite3") in second.stderr
    assert f"进程 {first.processes[0].pid}" in second.stderr
    assert "PostgreSQL" in second.stderr
    assert "Traceback" not in second.stderr
    assert [command.returncode for command in beside] == [0, 0], beside[0].stderr + beside[1].stderr


def test_a_killed_service_leaves_no_lock(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.processes[0].send_signal(signal.SIGKILL)
        first.processes[0].wait(timeout=20)
        port = int(first.url().rsplit(":", 1)[1])

        again = start(tmp_path, port)
        try:
            wait_until_ready(first.url(), again, tmp_path)
        finally:
            again.terminate()
            again.wait(timeout=20)


@pytest.mark.parametrize("secret", ["whsec_QUJD", "abc", "whsec_!!!!", f"{SECRET},password"])
def test_a_weak_or_malformed_secret_is_refused_with_its_variable_and_the_cure(tmp_path: Path, secret: str) -> None:
    refused = xiaoer("serve", "--port", PORT, XIAOER_STATE_DIR=str(tmp_path), XIAOER_SECRET_DEMO=secret)

    assert refused.returncode == 1
    assert "XIAOER_SECRET_DEMO" in refused.stderr
    assert "openssl rand -base64 32" in refused.stderr
    assert secret not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    refused = xiaoer("serve", "--port", PORT, XIAOER_DATABASE_URL=f"sqlite:///{in_the_way}/x.sqlite3")

    assert refused.returncode == 1
    assert str(in_the_way / "x.sqlite3.lock") in refused.stderr
    assert "Traceback" not in refused.stderr
