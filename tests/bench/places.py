"""Where the load goes: the service, the echo and the commit-only endpoint, each in its own processes."""

import base64
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.bench.client import Target
from tests.journeys.service import free_port

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + base64.b64encode(b"nothing but a bench's own secret").decode()
MESSAGES = "/v1/shops/demo/messages"
START_SECONDS = 300
MEBIBYTE = 1 << 20
QUIET = 1.0
"""Seconds of processor time in five below which a process only looks after its folders."""
_NO_LIMIT = "1000000000"


class NotUpError(Exception):
    """The service did not come up in time."""

    def __init__(self) -> None:
        super().__init__(f"not up within {START_SECONDS} s")


@dataclass(frozen=True)
class Place:
    """Running processes, the target they make, and how long they took to be ready."""

    target: Target
    pids: tuple[int, ...]
    start_seconds: float

    @property
    def memory_mib(self) -> float:
        """Resident memory of the largest process."""
        return max(psutil.Process(pid).memory_info().rss for pid in self.pids) / MEBIBYTE

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all processes so far."""
        times = [psutil.Process(pid).cpu_times() for pid in self.pids]
        return sum(each.user + each.system for each in times)

    def settle(self) -> float:
        """Wait until nothing is learned in the background any more; seconds of processor time since the start."""
        before = -1.0
        while self.cpu_seconds - before > QUIET:
            before = self.cpu_seconds
            time.sleep(5)
        return self.cpu_seconds


@contextmanager
def echo() -> Iterator[Place]:
    """A bare FastAPI echo."""
    with _running([[sys.executable, "-m", "tests.bench.servers", "echo"]], {}) as place:
        yield place


@contextmanager
def commit_only(database: str, workers: int = 1) -> Iterator[Place]:
    """Only open and commit."""
    command = [sys.executable, "-m", "tests.bench.servers", "commit", "--database", database]
    with _running([command] * workers, {}) as place:
        yield place


@contextmanager
def service(database: str, workers: int = 1, shops: Path | None = None, code: Path = ROOT) -> Iterator[Place]:
    """The whole service, of this checkout or another."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
    with tempfile.TemporaryDirectory() as state:
        own = {
            "XIAOER_SECRET_DEMO": SECRET,
            "XIAOER_SECRET_SHOP1": SECRET,
            "XIAOER_STATE_DIR": state,
            "XIAOER_DATABASE_URL": database,
            "XIAOER_SHOPS_DIR": str(shops or code / "faq"),
            "XIAOER_SENDER_RATE": _NO_LIMIT,
            "XIAOER_SENDER_BURST": _NO_LIMIT,
            "XIAOER_SHOP_RATE": _NO_LIMIT,
            "XIAOER_LOG_LEVEL": "WARNING",
        }
        with _running([command] * workers, own | {"PYTHONPATH": str(code)}, code) as place:
            yield place


@contextmanager
def _running(commands: list[list[str]], environment: dict[str, str], folder: Path = ROOT) -> Iterator[Place]:
    ports = [free_port() for _ in commands]
    began = time.monotonic()
    started = [
        subprocess.Popen(  # noqa: S603  # our own commands
            [*command, "--port", str(port)], env=os.environ | environment, cwd=folder, stdout=subprocess.DEVNULL
        )
        for command, port in zip(commands, ports, strict=True)
    ]
    try:
        for port, process in zip(ports, started, strict=True):
            _wait(port, process)
        pids = tuple(each.pid for each in started)
        yield Place(Target(tuple(ports), MESSAGES, SECRET), pids, time.monotonic() - began)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise NotUpError


def shop_with_faq(folder: Path, entries: int) -> Path:
    """The demo shop with so many FAQ entries, each with wordings of its own; the folder of shops."""
    demo = folder / f"faq-{entries}" / "demo"
    shutil.copytree(ROOT / "faq" / "demo", demo)
    with (demo / "faq.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["编号", "标准问题", "相似问法", "答案"])
        rows.writerows(_entry(number) for number in range(entries))
    return demo.parent


def _entry(number: int) -> list[str]:
    thing, part, wish = (
        THINGS[number % len(THINGS)],
        PARTS[number // 7 % len(PARTS)],
        WISHES[number // 61 % len(WISHES)],
    )
    name = f"{thing}{number:x}号"
    similar = f"{name}的{part}{wish}|请问{part}方面{name}{wish}|{name}{part}咋样"
    return [f"Q{number}", f"{name}{part}{wish}吗", similar, f"亲，{name}的{part}以详情页为准，您放心选购。"]


THINGS = ("茶盘", "木碗", "托盘", "香插", "杯垫", "茶则", "笔筒", "果盘", "挂画", "烛台", "书架", "木勺", "茶罐")
PARTS = ("材质", "尺寸", "重量", "颜色", "工艺", "包装", "保养", "配件", "产地", "款式", "表面", "厚度")
WISHES = ("可以定制", "能看实物图", "有现成的", "会掉色", "怕水", "能刻字", "好打理", "耐用", "带盒子", "有瑕疵")


def many_shops(folder: Path, shops: int) -> Path:
    """So many shops, each the demo with an FAQ in words of its own, so that none can share what another has learned."""
    root = folder / f"shops-{shops}"
    for number in range(shops):
        own = root / ("demo" if number == 0 else f"shop{number}")
        shutil.copytree(ROOT / "faq" / "demo", own)
        _in_own_words(own / "faq.csv", "".join(NAMES[number // place % len(NAMES)] for place in (256, 16, 1)))
    return root


def _in_own_words(faq: Path, name: str) -> None:
    with faq.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["相似问法"] = f"{name}{row['相似问法']}"
        row["答案"] = row["答案"].replace("亲，", f"亲，{name}家祝您好心情，", 1)
    with faq.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


NAMES = "云竹松石溪山风林泉梅兰荷雪霜月桐"
