"""The port through which a shop adds dense sentence vectors, and two ways to fill it; nothing is imported unless used.

Off by default. An ONNX folder holds `model.onnx` and `tokenizer.json` (the extra `encoder` installs what runs it); an
endpoint speaks OpenAI's embeddings interface (https://platform.openai.com/docs/api-reference/embeddings).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

Vectors = npt.NDArray[np.float32]

BATCH = 64
LONGEST = 128
"""Tokens read of a text."""


class EncoderError(RuntimeError):
    """No vectors could be had; understanding goes on without them."""


class Encoder(Protocol):
    """Turns texts into vectors whose cosine says how near their meanings are."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 a text; raises EncoderError when it cannot."""


def load_encoder(where: str, *, model: str = "", key: str = "") -> Encoder | None:
    """The encoder at a URL (with its model's name and key) or in a folder; None for an empty setting."""
    if not where:
        return None
    if where.startswith(("http://", "https://")):
        return EndpointEncoder(where, model, key)
    return OnnxEncoder(Path(where))


class OnnxEncoder:
    """A sentence encoder run in this process by onnxruntime."""

    def __init__(self, folder: Path) -> None:
        """Load the folder's model; raises EncoderError when a file or the extra `encoder` is missing."""
        try:
            import onnxruntime  # noqa: PLC0415  # only where a shop uses one
            import tokenizers  # noqa: PLC0415  # the same
        except ImportError as error:
            raise EncoderError(f"install the extra 'encoder' to use an ONNX encoder: {error}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise EncoderError(f"{folder} holds no usable encoder: {error}") from error
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Mean of the token vectors, or the model's own sentence vector where it gives one."""
        batches = [self._encode_batch(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return np.concatenate(batches) if batches else np.zeros((0, 0), dtype=np.float32)

    def _encode_batch(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.asarray([one.attention_mask for one in encoded], dtype=np.int64)
        wanted = {put.name for put in self._session.get_inputs()}
        feed = {name: value for name, value in _model_inputs(encoded, mask).items() if name in wanted}
        output = np.asarray(self._session.run(None, feed)[0], dtype=np.float32)
        return normalise_rows(output if output.ndim == 2 else _mean_pool(output, mask))  # noqa: PLR2004  # texts by dimensions


class EndpointEncoder:
    """An embeddings endpoint in OpenAI's shape."""

    def __init__(
        self, url: str, model: str, key: str = "", *, timeout: float = 2.0, client: httpx.Client | None = None
    ) -> None:
        """`url` ends before /embeddings; `timeout` is in seconds, for one call."""
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(timeout=timeout)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors in the texts' order, BATCH of them a call."""
        rows = [
            row for start in range(0, len(texts), BATCH) for row in self._request_vectors(texts[start : start + BATCH])
        ]
        return normalise_rows(np.asarray(rows, dtype=np.float32)) if rows else np.zeros((0, 0), dtype=np.float32)

    def _request_vectors(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            asked = {"model": self._model, "input": list(texts)}
            answer = self._client.post(self._url, json=asked, headers=self._headers).raise_for_status()
            found = _Embeddings.model_validate_json(answer.content).data
        except (httpx.HTTPError, ValidationError) as error:
            raise EncoderError(f"no embeddings from {self._url}: {type(error).__name__}") from error
        if len(found) != len(texts) or len({len(row.embedding) for row in found}) != 1:
            raise EncoderError(f"{self._url} answered {len(found)} uneven vectors for {len(texts)} texts")
        return [row.embedding for row in sorted(found, key=lambda row: row.index)]


class _Embedding(BaseModel):
    index: int
    embedding: list[float]


class _Embeddings(BaseModel):
    data: list[_Embedding]


def normalise_rows(vectors: Vectors) -> Vectors:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _model_inputs(encoded: Sequence[Any], mask: npt.NDArray[np.int64]) -> Mapping[str, npt.NDArray[np.int64]]:
    ids = np.asarray([one.ids for one in encoded], dtype=np.int64)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def _mean_pool(tokens: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    weights = mask[:, :, None].astype(np.float32)
    mean: Vectors = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return mean
