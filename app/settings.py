"""Settings, read once from XIAOER_* environment variables; every part is handed its values.

A shop's webhook secret is the exception: its variable, or its file in the state folder, is read at each use, so that a
shop opened later finds its own.
"""

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SECRET_PREFIX = "XIAOER_SECRET_"  # noqa: S105 (a variable's name, not a secret)
WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 (how every webhook secret begins)
SHORTEST_SECRET = 24
LONGEST_SECRET = 64
MOST_SECRETS = 4
AGENT_TOKEN_FILE = "agent_token"  # noqa: S105 (a file's name)
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]+")
PRIVATE_MODE = 0o600
PACKAGED_SHOPS = Path(__file__).resolve().parent.parent / "faq"


class Settings(BaseSettings):
    """One process's settings."""

    model_config = SettingsConfigDict(env_prefix="XIAOER_", frozen=True, extra="ignore", env_ignore_empty=True)

    shops_dir: Path = Field(default=PACKAGED_SHOPS, description="the folder of shop folders")
    intents_dir: Path | None = Field(default=None, description="the folder of intents; the shipped one by default")
    state_dir: Path = Field(default=Path(".state"), description="where the embedded database and secrets live")
    database_url: str = Field(default="", description="sqlite:///… or postgresql://…; empty: SQLite in state_dir")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    pool_size: int = Field(default=4, ge=1, le=64)
    default_shop: str = Field(
        default="demo", description="the shop of Rasa's messages that name none, where several are open"
    )
    public_url: str = Field(default="", description="where platforms reach us, for the URLs of agents' pictures")
    rest_token: str = Field(default="", description="?token= of the Rasa REST channel; empty closes it")
    body_limit: int = Field(default=256 * 1024, ge=1024)
    shop_rate: float = Field(default=3000.0, ge=0, description="messages a second a shop may send; 0: no limit")
    sender_rate: float = Field(default=10.0, ge=0, description="messages a second one buyer may send; 0: no limit")
    sender_burst: float = Field(default=100.0, ge=1, description="messages one buyer may send at once")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="origins of web widgets that may call us from a browser, by comma; *: any; empty: none"
    )
    metrics_token: str = Field(default="", description="bearer token of /metrics; empty: open")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_text: bool = Field(default=False, description="logs for people at a terminal instead of JSON for machines")
    encoder: str = Field(default="", description="an ONNX encoder's folder, or an embeddings endpoint; empty: none")
    encoder_model: str = Field(default="", description="the endpoint's model name")
    encoder_key: str = Field(default="", description="the endpoint's bearer key")
    reader: str = Field(default="", description="a chat endpoint asked about what we are unsure of; empty: none")
    reader_model: str = Field(default="", description="its model's name")
    reader_key: str = Field(default="", description="its bearer key")
    reader_daily: int = Field(default=2000, ge=0, description="calls a day (UTC) that this process makes to it")
    reader_at_once: int = Field(default=4, ge=1, le=64, description="calls to it at once")
    otlp_endpoint: str = Field(default="", description="where traces go; empty: nowhere")
    allow_private_urls: bool = Field(default=False, description="let callback and fact URLs point into this network")
    retention_days: int = Field(default=180, ge=1, description="how long settled conversations are kept")
    reload_seconds: float = Field(default=2.0, gt=0, description="how often shop folders are looked at")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, given: object) -> object:
        """A browser sends an origin without a path: scheme://host or scheme://host:port."""
        origins = tuple(each.strip() for each in given.split(",") if each.strip()) if isinstance(given, str) else given
        wrong = [each for each in origins if each != "*" and not ORIGIN.fullmatch(each)]  # type: ignore[attr-defined]  # a tuple, or pydantic refuses it
        if wrong:
            raise ValueError(f"应为 https://域名 或 https://域名:端口，不带路径：{wrong[0]}")
        return origins

    @property
    def own_url(self) -> str:
        """Where this process answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def effective_database_url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.state_dir.resolve() / 'xiaoer.sqlite3'}"


@lru_cache(maxsize=4096)
def secret_name(shop: str) -> str:
    """The environment variable that holds a shop's webhook secret: XIAOER_SECRET_DEMO for demo.

    A character that no variable may hold is told by its code point, XIAOER_SECRET_U8336 for 茶, other marks by _.
    """
    return SECRET_PREFIX + re.sub(r"[^A-Z0-9]", _escape_character, shop.upper())


def _escape_character(found: re.Match[str]) -> str:
    return "_" if found[0].isascii() else f"U{ord(found[0]):X}"


def shop_secrets(shop: str, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """A shop's webhook secrets, the newest first: usually one, two while one is being replaced, none without any.

    One that `secret_problem` finds weak or malformed is none.
    """
    return _usable_secrets((os.environ if environ is None else environ).get(secret_name(shop), ""))


def shop_secret(shop: str, environ: Mapping[str, str] | None = None) -> str:
    """A shop's newest webhook secret, or an empty string, which never verifies."""
    return next(iter(shop_secrets(shop, environ)), "")


def split_secrets(setting: str) -> tuple[str, ...]:
    """The secrets of a setting `new,old`."""
    return tuple(secret.strip() for secret in setting.split(",") if secret.strip())


@lru_cache(maxsize=4096)
def _usable_secrets(setting: str) -> tuple[str, ...]:
    return tuple(secret for secret in split_secrets(setting) if secret_problem(secret) is None)


def secret_problem(secret: str) -> str | None:
    """What is wrong with a webhook secret, or None: Standard Webhooks wants base64 of 24 to 64 random bytes.

    A library would take any text for base64, skip what is not, and sign with the little that is left.
    """
    try:
        key = b64decode(secret.removeprefix(WEBHOOK_SECRET_PREFIX), validate=True)
    except ValueError:
        return "is not base64"
    if not SHORTEST_SECRET <= len(key) <= LONGEST_SECRET:
        return f"holds {len(key)} bytes, not {SHORTEST_SECRET} to {LONGEST_SECRET}"
    return None


def find_secret_problems(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every variable XIAOER_SECRET_* that holds a weak or malformed secret, with what is wrong and never the secret."""
    held = os.environ if environ is None else environ
    found: dict[str, str] = {}
    for name in sorted(name for name in held if name.startswith(SECRET_PREFIX)):
        secrets = split_secrets(held[name])
        problems = [problem for secret in secrets if (problem := secret_problem(secret))]
        if problems:
            found[name] = problems[0]
        elif len(secrets) > MOST_SECRETS:
            found[name] = f"holds {len(secrets)} secrets, not at most {MOST_SECRETS}"
    return found


def make_private_folder(place: Path) -> None:
    """Make a folder, and those above it, that only its owner opens; one that is there stays as it is."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir(mode=0o700, exist_ok=True)


def write_private_file(place: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    make_private_folder(place.parent)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
