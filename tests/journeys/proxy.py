"""A real nginx over docs/nginx.conf, its two replicas where the test says."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.service import free_port

ROOT = Path(__file__).resolve().parents[2]
READ_SECONDS = 5
"""What docs/nginx.conf waits for an answer."""


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and what it wrote down."""

    url: str
    folder: Path

    @property
    def said(self) -> str:
        return "".join(log.read_text(errors="replace") for log in self.folder.glob("*.log"))


def find_nginx() -> str:
    """Return nginx's path; its absence is an error, never a skip."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise RuntimeError("nginx is not installed: run `make packages`")
    return found


@contextmanager
def nginx(folder: Path, *replicas: str, port: int = 0) -> Iterator[Proxy]:
    """Serve docs/nginx.conf with these addresses (host:port) in the place of replica-1:8000 and replica-2:8000."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    text = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("listen 8000;", f"listen 127.0.0.1:{port};").replace("error_log stderr", "error_log own.log")
    for number, address in enumerate(replicas, 1):
        text = text.replace(f"replica-{number}:8000", address)
    # Folders of its own, for the system's may be somebody else's.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text = text.replace("http {\n", "http {\n" + "".join(f"{kind}_temp_path {kind};\n" for kind in kinds), 1)
    (folder / "nginx.conf").write_text("user root;\n" * (os.geteuid() == 0) + text)
    command = [find_nginx(), "-p", str(folder), "-c", "nginx.conf", "-e", "start.log", "-g", "pid pid; daemon off;"]
    process = subprocess.Popen(command, cwd=folder)  # noqa: S603 (ours)
    try:
        wait_for_port(port, process)
        yield Proxy(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    message = f"nobody listens on {port}"
    raise AssertionError(message)
