"""`make test-rasa`: a real Rasa 3.6 assistant whose stock, haggling and handoff come from our running service.

Needs a Python 3.10 (in PATH, of pyenv, or named by RASA_PYTHON) and, the first time, minutes and 2.7 GB for Rasa's own
environment, kept in RASA_VENV (by default under the user's cache folder).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.service import Service, free_port, running

RASA = "3.6.21"
TOKEN = "token-of-rasa"
HERE = Path(__file__).parent
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
START_SECONDS = 180


def main() -> int:
    """Install, train, start, talk and check; 0 when everything holds."""
    venv = _environment()
    with tempfile.TemporaryDirectory(prefix="xiaoer-rasa-") as name:
        folder = Path(name)
        (folder / "state").mkdir()
        with running(folder / "state", XIAOER_REST_TOKEN=TOKEN) as service:
            _write_assistant(folder, service)
            _rasa(venv, folder, "train", "--fixed-model-name", "shop", "--quiet")
            with _assistant(venv, folder) as url:
                _the_assistant_gets_our_answers(url)
            _rasas_console_client_talks_to_us(venv, service)
    _print("全部通过")
    return 0


def _the_assistant_gets_our_answers(url: str) -> None:
    stock = _say(url, "buyer-stock", "竹编排水茶盘有货吗")
    _check("货" in _text(stock), "stock is answered from the catalogue")
    bulk = _say(url, "buyer-bulk", "黑胡桃木长方茶盘小号要300个有吗")
    _check(_text(bulk) != _text(stock), "the quantity asked is held against the quantity there")

    first = _say(url, "buyer-haggle", "黑胡桃木长方茶盘大号能便宜点吗")
    rounds = [first, *(_say(url, "buyer-haggle", line) for line in ("再便宜点嘛", "100卖不卖", "还是贵", "别家才90"))]
    spoken = [_text(each) for each in rounds if each]
    _check(len(set(spoken)) == len(spoken) > 1, "haggling remembers its rounds: no sentence twice")
    _check(not any(floor in _text(each) for each in rounds for floor in ("235", "底价")), "the floor is never said")
    handed = next((place for place, each in enumerate(rounds) if _handoff(each)), None)
    _check(handed is not None, "haggling ends with a person")
    _check(all(not each for each in rounds[(handed or 0) + 1 :]), "after the handoff the assistant keeps quiet")

    asked = _say(url, "buyer-person", "转人工")
    _check((_handoff(asked) or {}).get("reason") == "asked_for_human", "a handoff carries its reason")
    _check(_say(url, "buyer-person", "竹编排水茶盘有货吗") == [], "a paused assistant says nothing")
    _resume(url, "buyer-person")
    _check("竹编排水茶盘" in _text(_say(url, "buyer-person", "竹编排水茶盘有货吗")), "after resume it answers again")


def _rasas_console_client_talks_to_us(venv: Path, service: Service) -> None:
    lines = ("在吗", "竹编排水茶盘有货吗", "转人工")
    command = [venv / "bin" / "python", HERE / "console_client.py", service.url(), TOKEN, "console"]
    ran = subprocess.run(  # noqa: S603 - a command of our own
        command, input="\n".join(lines), capture_output=True, text=True, check=True, env=os.environ | QUIET
    )
    for line, said in zip(lines, map(json.loads, ran.stdout.splitlines()), strict=True):
        _print(f"  rasa shell：{line} → {_text(said['block'])}")
        _check(bool(_text(said["block"])) and bool(_text(said["stream"])), f"the console client reads our {line}")
        _check(all(part["recipient_id"] for part in said["block"]), "every part names its recipient")
    _check(bool(_handoff(said["block"])), "a handoff reaches the console client as custom JSON")


def _environment() -> Path:
    """Rasa's own environment, installed when it is not there yet."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / f"xiaoer/rasa-{RASA}"
    venv = Path(os.environ.get("RASA_VENV") or default)
    if not (venv / "bin" / "rasa").exists():
        _print(f"安装 rasa {RASA} 到 {venv.name}，需要几分钟和 2.7 GB")
        _run(_python310(), "-m", "venv", str(venv))
        _run(str(venv / "bin" / "pip"), "install", "-q", "setuptools<81", "wheel", f"rasa=={RASA}")
    return venv


def _python310() -> str:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [os.environ.get("RASA_PYTHON", ""), *map(str, sorted(pyenv.glob("3.10.*/bin/python3.10")))]
    found.append(shutil.which("python3.10") or "")
    for python in filter(None, found):
        if subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return python
    raise SystemExit("需要 Python 3.10：请安装，或用环境变量 RASA_PYTHON 指明")


def _write_assistant(folder: Path, service: Service) -> None:
    shutil.copytree(HERE / "assistant", folder, dirs_exist_ok=True)
    endpoint = f"action_endpoint:\n  url: {service.url()}/rasa/actions/webhook\n  token: {TOKEN}\n"
    (folder / "endpoints.yml").write_text(endpoint, encoding="utf-8")


@contextmanager
def _assistant(venv: Path, folder: Path) -> Iterator[str]:
    port = free_port()
    command = [venv / "bin" / "rasa", "run", "--enable-api", "--port", str(port), "--endpoints", "endpoints.yml"]
    with (folder / "rasa.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | QUIET)  # noqa: S603
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "rasa.log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/status", timeout=2).json().get("model_file"):
                return
        time.sleep(0.5)
    raise SystemExit(log.read_text(errors="replace")[-4000:])


def _say(url: str, sender: str, text: str) -> list[dict[str, Any]]:
    response = httpx.post(f"{url}/webhooks/rest/webhook", json={"sender": sender, "message": text}, timeout=60)
    response.raise_for_status()
    parts: list[dict[str, Any]] = response.json()
    _print(f"  {sender}：{text} → {_text(parts) or '（不作声）'}")
    return parts


def _resume(url: str, sender: str) -> None:
    """Pausing leaves the turn open: without a listen Rasa falls back and runs the last action again."""
    events = [{"event": "resume"}, {"event": "action", "name": "action_listen"}]
    httpx.post(f"{url}/conversations/{sender}/tracker/events", json=events, timeout=30).raise_for_status()


def _text(parts: list[dict[str, Any]]) -> str:
    return "\n".join(part["text"] for part in parts if part.get("text"))


def _handoff(parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((part["custom"]["handoff"] for part in parts if (part.get("custom") or {}).get("handoff")), None)


def _check(holds: bool, claim: str) -> None:
    _print(f"{'ok  ' if holds else 'FAIL'} {claim}")
    if not holds:
        raise SystemExit(1)


def _rasa(venv: Path, folder: Path, *words: str) -> None:
    _run(str(venv / "bin" / "rasa"), *words, folder=folder)


def _run(*command: str, folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, env=os.environ | QUIET)  # noqa: S603 - commands of our own


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
