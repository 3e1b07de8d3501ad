"""A shop folder for a test to spoil."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from tests.shop.builders import NOW, SOUND, Content, write


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def a_shop(tmp_path: Path) -> Callable[..., Path]:
    """A sound folder with some files replaced; a file given as None is left out."""

    def build(files: Mapping[str, Content] | None = None, /) -> Path:
        return write(tmp_path / "shop", {**SOUND, **(files or {})})

    return build
