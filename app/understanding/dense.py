"""Dense vectors of a shop's wordings, where the shop has an encoder; a failing one is noted and gone without."""

from collections.abc import Sequence

import numpy as np
import structlog

from app.understanding.encoder import Encoder, EncoderError, Vectors

_log = structlog.get_logger(__name__)


class Dense:
    """The wordings' vectors, made once."""

    def __init__(self, encoder: Encoder | None, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self._vectors = self._encode(texts) if encoder and texts else None

    def nearest(self, text: str, most: int) -> list[tuple[int, float]]:
        """The nearest wordings' rows with their cosines; none without an encoder or when it fails."""
        if self._vectors is None or not text:
            return []
        asked = self._encode([text])
        if asked is None or asked.shape[1] != self._vectors.shape[1]:
            return []
        cosines = self._vectors @ asked[0]
        best = np.argsort(-cosines)[:most]
        return [(int(row), float(cosines[row])) for row in best]

    def _encode(self, texts: Sequence[str]) -> Vectors | None:
        if self._encoder is None:
            return None
        try:
            return self._encoder.encode(texts)
        except EncoderError as error:
            _log.warning("encoder_failed", why=str(error))
            return None
