"""The signing samples send a Chinese message from each language that is installed here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.journeys.service import SECRET, Service

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "signing"
RUNS = {
    "python": ([sys.executable], "sign.py"),
    "node": (["node"], "sign.mjs"),
    "java": (["java", "-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8"], "Sign.java"),
    "php": (["php"], "sign.php"),
}


def send(language: str, url: str, secret: str, body: str) -> subprocess.CompletedProcess[str]:
    program, sample = RUNS[language]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{language} is not installed")
    command = [*program, str(SAMPLES / sample), url, secret, body]
    environment = {"PATH": str(Path(shutil.which(program[0]) or "").parent), "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60)  # noqa: S603 (ours)


@pytest.mark.parametrize("language", RUNS)
def test_a_sample_signs_what_the_service_takes(service: Service, language: str) -> None:
    conversation = uuid4().hex
    message = {"id": uuid4().hex, "conversation": conversation, "sender": {"id": "buyer-01"}, "text": "什么时候发货🍵"}
    url = f"{service.url()}/v1/shops/demo/messages"

    sent = send(language, url, SECRET, json.dumps(message, ensure_ascii=False))
    refused = send(language, url, "whsec_" + "QUFB" * 11, json.dumps(message, ensure_ascii=False))

    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["conversation"] == conversation
    assert refused.returncode == 1
    assert "urn:xiaoer:problem:unauthenticated" in refused.stderr


@pytest.mark.parametrize("language", RUNS)
def test_every_language_has_its_sample(language: str) -> None:
    page = (SAMPLES / "README.md").read_text(encoding="utf-8")

    assert (SAMPLES / RUNS[language][1]).is_file()
    assert RUNS[language][1] in page
