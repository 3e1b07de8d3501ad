"""Dense vectors of a shop's wordings, where the shop has an encoder."""

from collections.abc import Sequence

import numpy as np

from app.understanding.encoder import Encoder


class Dense:
    """The wordings' vectors, made once."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self._vectors = encoder.encode(texts)

    def nearest(self, text: str, most: int) -> list[tuple[int, float]]:
        """The nearest wordings' rows with their cosines."""
        cosines = self._vectors @ self._encoder.encode([text])[0]
        best = np.argsort(-cosines)[:most]
        return [(int(row), float(cosines[row])) for row in best]
