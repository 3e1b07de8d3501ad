"""Dense vectors of a shop's wordings, where the shop has an encoder; a failing one is noted and gone without."""

from collections.abc import Sequence

import numpy as np
import structlog

from app.understanding.faq.encoder import Encoder, EncoderError, Vectors

_log = structlog.get_logger(__name__)


class DenseIndex:
    """The wordings' vectors, made once."""

    def __init__(self, encoder: Encoder | None, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self._vectors = self._encode_or_warn(texts) if encoder and texts else None

    def find_similar(self, texts: Sequence[str], most: int) -> dict[tuple[int, int], float]:
        """The wordings nearest to each text: its place and theirs with the cosine; none without a working encoder."""
        said = [place for place, text in enumerate(texts) if text]
        if self._vectors is None or not said:
            return {}
        asked = self._encode_or_warn([texts[place] for place in said])
        if asked is None or asked.shape[1] != self._vectors.shape[1]:
            return {}
        cosines = asked @ self._vectors.T
        best = np.argsort(-cosines, axis=1)[:, :most]
        return {
            (place, row): float(own[row])
            for place, own, rows in zip(said, cosines, best.tolist(), strict=True)
            for row in rows
        }

    def _encode_or_warn(self, texts: Sequence[str]) -> Vectors | None:
        if self._encoder is None:
            return None
        try:
            return self._encoder.encode(texts)
        except EncoderError as error:
            _log.warning("encoder_failed", why=str(error))
            return None
