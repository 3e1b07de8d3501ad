"""One understander for all tests of understanding: loading it is most of their time."""

import pytest

from app.understanding.understander import Understander


@pytest.fixture(scope="session")
def understander() -> Understander:
    return Understander.load_shared()
