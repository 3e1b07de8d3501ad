"""A Rasa 3.6 assistant of the usual kind to measure beside: jieba and DIET, rules, an SQLite tracker store, REST.

It is trained on a share of our own examples and answers every intent with a sentence. XIAOER_BENCH_RASA names a
Python 3.10 that has `rasa==3.6.21` and `jieba`; training takes a few minutes and is kept in XIAOER_BENCH_RASA_MODEL,
when that names a folder.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.understanding.examples import read_example_lines
from app.understanding.templates import is_template
from tests.bench.client import RASA_PATH, Target
from tests.bench.places import NotUpError, Place
from tests.journeys.service import free_port
from tests.rasa.real_rasa import QUIET

PYTHON = "XIAOER_BENCH_RASA"
EACH = 60
"""Examples an intent: more take longer to train on and change nothing about the cost of a message."""
EPOCHS = 30
START_SECONDS = 300
CONFIG: dict[str, Any] = {
    "recipe": "default.v1",
    "assistant_id": "bench",
    "language": "zh",
    "pipeline": [
        {"name": "JiebaTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": EPOCHS, "entity_recognition": False},
    ],
    "policies": [{"name": "RulePolicy", "core_fallback_action_name": "action_listen"}],
}


@contextmanager
def rasa() -> Iterator[Place]:
    """The assistant, trained and ready; SystemExit where no Python with Rasa is named."""
    python = os.environ.get(PYTHON)
    if not python:
        raise SystemExit("--only rasa needs XIAOER_BENCH_RASA: the Python that has Rasa 3.6 installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.environ.get("XIAOER_BENCH_RASA_MODEL") or name)
        if not list(folder.glob("models/*.tar.gz")):
            _train(python, folder)
        (folder / "tracker.db").unlink(missing_ok=True)
        with _running(python, folder) as place:
            yield place


def _train(python: str, folder: Path) -> None:
    examples: dict[str, list[str]] = {}
    for line in read_example_lines():
        if not is_template(line.text):
            examples.setdefault(line.intent, []).append(line.text)
    said = {f"utter_{intent}": [{"text": "亲，在的，您请说~"}] for intent in examples}
    nlu = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in own[:EACH])} for name, own in examples.items()
    ]
    rules = [{"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]} for intent in examples]
    _write(folder, "config", CONFIG)
    _write(folder, "domain", {"version": "3.1", "intents": list(examples), "responses": said})
    _write(folder, "data", {"version": "3.1", "nlu": nlu, "rules": rules})
    _write(folder, "credentials", {"rest": None})
    _write(folder, "endpoints", {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "tracker.db"}})
    command = [python, "-m", "rasa", "train", "--data", "data.yml", "--quiet"]
    subprocess.run(command, cwd=folder, env=os.environ | QUIET, check=True)  # noqa: S603  # our own command


def _write(folder: Path, name: str, document: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@contextmanager
def _running(python: str, folder: Path) -> Iterator[Place]:
    port, began = free_port(), time.monotonic()
    command = [python, "-m", "rasa", "run", "--port", str(port), "--credentials", "credentials.yml"]
    with (folder / "rasa.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # our own command
            [*command, "--endpoints", "endpoints.yml"], cwd=folder, stdout=log, stderr=log, env=os.environ | QUIET
        )
    try:
        _wait(port, process)
        yield Place(Target((port,), RASA_PATH, ""), (process.pid,), time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.HTTPError):
            asked = {"sender": "first", "message": "在吗"}
            answer = httpx.post(f"http://127.0.0.1:{port}{RASA_PATH}", json=asked, timeout=30)
            if answer.status_code == httpx.codes.OK and answer.json():
                return
        time.sleep(0.5)
    raise NotUpError
