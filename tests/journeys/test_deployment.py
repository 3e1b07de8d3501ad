"""compose.yml, the Dockerfile, the proxy and the documents name what is there: files, ports, variables, limits."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.channels.rasa.action_server import MAX_BODY_BYTES, WEBHOOK_PATH
from app.settings import Settings
from app.web.pictures import MOST_UPLOADED, UPLOAD_PATHS
from tests.journeys.service import Service, free_port

ROOT = Path(__file__).resolve().parents[2]
TOLD = [
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "compose.yml",
    "Dockerfile",
    *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.*")),
]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
NGINX = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
BYTES = {"k": 1024, "m": 1024**2}


def _read_by_the_code() -> set[str]:
    quoted = re.compile(r"""["'](XIAOER_[A-Z_]*[A-Z])["']""")
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")]
    own = {f"XIAOER_{name.upper()}" for name in Settings.model_fields}
    return own.union(*(quoted.findall(text) for text in code))


def _copied() -> list[str]:
    """What the image is made of, stage by stage."""
    return " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)).split()


def _packaged() -> list[str]:
    """What the package in the image is built from."""
    stage = DOCKERFILE.partition(" AS build")[2]
    copied = " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", stage, re.MULTILINE)).split()
    return [name for name in copied if not name.endswith(".lock")]


@pytest.mark.parametrize("name", TOLD)
def test_every_variable_that_is_told_of_is_read(name: str) -> None:
    told = set(re.findall(r"XIAOER_[A-Z_]*[A-Z]", (ROOT / name).read_text(encoding="utf-8")))

    unread = {each for each in told - _read_by_the_code() if not each.startswith("XIAOER_SECRET")}

    assert unread == set()


def test_every_file_that_is_copied_or_mounted_is_there() -> None:
    mounted = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]

    names = [*_copied(), *mounted]

    assert len(names) > 8
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_image_builds_a_package_with_all_that_the_service_reads(tmp_path: Path) -> None:
    source, built = tmp_path / "source", tmp_path / "built"
    source.mkdir()
    for name in _packaged():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(source)]
    subprocess.run(build, check=True, capture_output=True)  # noqa: S603  # our own
    (wheel,) = built.iterdir()
    packaged = set(zipfile.ZipFile(wheel).namelist())

    houses = [source / name for name in ("app", "intents", "faq", "handoff")]
    pages = (source / "app" / "web" / "page", source / "handoff" / "desk")  # packaged as what is built of them
    files = [
        path for house in houses for path in house.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    ]
    files = [path for path in files if not any(path.is_relative_to(page) for page in pages)]

    assert len(files) > 200
    assert {str(path.relative_to(source)) for path in files} - packaged == set()


def test_every_place_that_holds_a_threat_is_there() -> None:
    named = re.findall(r"`([\w/.]+(?:\.py|\.lock|\.conf|/))`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))

    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_proxy_reaches_every_replica_where_it_listens() -> None:
    replicas = {name for name, service in COMPOSE["services"].items() if "build" in service}
    port = Settings.model_fields["port"].default
    proxy = COMPOSE["services"]["proxy"]

    assert len(replicas) == 2
    assert set(re.findall(r"server (\S+):(\d+) ", NGINX)) == {(name, str(port)) for name in replicas}
    assert set(proxy["depends_on"]) == replicas
    assert proxy["ports"][0].endswith(f":{re.findall(r'listen (.+);', NGINX)[0]}")
    assert f"EXPOSE {port}" in DOCKERFILE


def test_the_replicas_reach_the_database_as_it_is_set_up() -> None:
    postgres = COMPOSE["services"]["postgres"]["environment"]

    for name in ("replica-1", "replica-2"):
        replica = COMPOSE["services"][name]
        given = replica["environment"]
        assert given["XIAOER_DATABASE_URL"].endswith(":-postgresql://}")
        assert (given["PGHOST"], given["PGUSER"]) == ("postgres", postgres["POSTGRES_USER"])
        assert (given["PGDATABASE"], given["PGPASSWORD"]) == (postgres["POSTGRES_DB"], postgres["POSTGRES_PASSWORD"])
        assert replica["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_setting_that_is_told_of_can_be_given_to_the_replicas() -> None:
    listed = re.findall(r"^\| (.*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {each for line in listed for each in re.findall(r"XIAOER_[A-Z_]*[A-Z]", line)} - {"XIAOER_SECRET"}

    for replica in ("replica-1", "replica-2"):
        assert told - set(COMPOSE["services"][replica]["environment"]) == set()
    assert len(told) > 8


def test_the_proxy_follows_the_replicas_that_it_names() -> None:
    followed = re.findall(r"follow-replicas\.sh ((?:[\w-]+ )+)&", COMPOSE["services"]["proxy"]["command"][-1])

    assert set(followed[0].split()) == {name for name, service in COMPOSE["services"].items() if "build" in service}


def test_the_proxy_lets_through_what_the_service_takes() -> None:
    own, rasa, pictures = (
        int(size) * BYTES[unit] for size, unit in re.findall(r"client_max_body_size (\d+)([km]);", NGINX)
    )

    assert own == Settings.model_fields["body_limit"].default
    assert (rasa, pictures) == (MAX_BODY_BYTES, MOST_UPLOADED)
    assert f"location = {WEBHOOK_PATH} " in NGINX
    assert f"location ~ ^{UPLOAD_PATHS}$ " in NGINX


def test_the_containers_own_check_tells_a_service_that_answers_from_none(service: Service) -> None:
    (command,) = re.findall(r"^    CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    _, option, program = json.loads(command)

    def healthy(url: str) -> bool:
        asked = program.replace("http://127.0.0.1:8000", url)
        return subprocess.run([sys.executable, option, asked], capture_output=True, check=False).returncode == 0  # noqa: S603  # our own

    assert "http://127.0.0.1:8000/readyz" in program
    assert healthy(service.url())
    assert not healthy(f"http://127.0.0.1:{free_port()}")
