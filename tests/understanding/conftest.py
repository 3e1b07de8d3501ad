"""One understander for all tests of understanding: loading it is most of their time."""

import pytest

from app.understanding.understander import Understander
from intents._framework.registry import load_intents


@pytest.fixture(scope="session")
def understander() -> Understander:
    return Understander.load_shared(load_intents().traits)
