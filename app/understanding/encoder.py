"""The port through which a shop adds dense sentence vectors; nothing is imported unless one is used."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose cosine says how near their meanings are."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text; raises EncoderError when it cannot."""
