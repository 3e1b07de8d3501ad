"""Settings, read once from XIAOER_* environment variables; every part is handed its values.

Secrets have a variable each, or a file in the state folder.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_PREFIX = "XIAOER_SECRET_"  # noqa: S105 (a variable's name, not a secret)
AGENT_TOKEN_FILE = "agent_token"  # noqa: S105 (a file's name)
PACKAGED_SHOPS = Path(__file__).resolve().parent.parent / "faq"


class Settings(BaseSettings):
    """One process's settings."""

    model_config = SettingsConfigDict(env_prefix="XIAOER_", frozen=True, extra="ignore")

    shops_dir: Path = Field(default=PACKAGED_SHOPS, description="the folder of shop folders")
    intents_dir: Path | None = Field(default=None, description="the folder of intents; the shipped one by default")
    state_dir: Path = Field(default=Path(".state"), description="where the embedded database and secrets live")
    database_url: str = Field(default="", description="sqlite:///… or postgresql://…; empty: SQLite in state_dir")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    pool_size: int = Field(default=4, ge=1, le=64)
    rest_token: str = Field(default="", description="?token= of the Rasa REST channel; empty closes it")
    body_limit: int = Field(default=256 * 1024, ge=1024)
    shop_rate: float = Field(default=3000.0, ge=0, description="messages a second a shop may send; 0: no limit")
    sender_rate: float = Field(default=10.0, ge=0, description="messages a second one buyer may send; 0: no limit")
    sender_burst: float = Field(default=100.0, ge=1, description="messages one buyer may send at once")
    metrics_token: str = Field(default="", description="bearer token of /metrics; empty: open")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_text: bool = Field(default=False, description="logs for people at a terminal instead of JSON for machines")
    encoder: str = Field(default="", description="an ONNX encoder's folder, or an embeddings endpoint; empty: none")
    encoder_model: str = Field(default="", description="the endpoint's model name")
    encoder_key: str = Field(default="", description="the endpoint's bearer key")
    otlp_endpoint: str = Field(default="", description="where traces go; empty: nowhere")
    allow_private_urls: bool = Field(default=False, description="let callback and fact URLs point into this network")
    retention_days: int = Field(default=180, ge=1, description="how long settled conversations are kept")
    reload_seconds: float = Field(default=2.0, gt=0, description="how often shop folders are looked at")

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


def shop_secret(shop: str, environ: Mapping[str, str] | None = None) -> str:
    """A shop's webhook secret, or an empty string, which never verifies."""
    return (os.environ if environ is None else environ).get(secret_name(shop), "").strip()


def write_private_file(place: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
