"""The pluggable encoder: a tiny ONNX model made here, and an endpoint served here."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from app.domain.catalogue import FaqEntry
from app.understanding.faq.encoder import EncoderError, EndpointEncoder, OnnxEncoder, Vectors, load_encoder
from app.understanding.understander import Understander

WORDS = ["[PAD]", "[UNK]", "发", "货", "送", "达", "吗"]


@pytest.fixture(scope="module")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that gives each known character its own direction."""
    onnx = pytest.importorskip("onnx")
    tokenizers = pytest.importorskip("tokenizers")
    folder = tmp_path_factory.mktemp("encoder")
    table = np.eye(len(WORDS), dtype=np.float32)
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, ["batch", "length", len(WORDS)])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_an_onnx_folder_gives_vectors_of_length_one(onnx_folder: Path) -> None:
    vectors = OnnxEncoder(onnx_folder).encode(["发货", "送达吗", "发"])

    assert vectors.shape == (3, len(WORDS))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    assert vectors[0] @ vectors[2] > vectors[1] @ vectors[2]


def test_an_empty_folder_is_an_encoder_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError):
        load_encoder(str(tmp_path))


def test_no_setting_is_no_encoder() -> None:
    assert load_encoder("") is None


class Endpoint(BaseHTTPRequestHandler):
    """Answers as OpenAI's embeddings do, in reverse order; fails on the text 坏."""

    def do_POST(self) -> None:  # the standard library's name
        texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
        rows = [{"index": at, "embedding": [float(len(text)), 1.0]} for at, text in enumerate(texts)]
        body = json.dumps({"data": rows[::-1]}).encode()
        self.send_response(500 if "坏" in texts or self.headers["authorization"] != "Bearer k" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_gives_vectors_in_the_order_asked(endpoint: str) -> None:
    encoder = load_encoder(endpoint, model="m", key="k")

    assert encoder is not None
    vectors = encoder.encode(["一", "三个字"])
    assert vectors[0] == pytest.approx(np.array([1, 1]) / np.sqrt(2))
    assert vectors[1] == pytest.approx(np.array([3, 1]) / np.sqrt(10))
    encoder._client.close()


@pytest.mark.parametrize(("text", "key"), [("坏", "k"), ("好", "wrong")])
def test_a_failing_endpoint_is_an_encoder_error(endpoint: str, text: str, key: str) -> None:
    encoder = EndpointEncoder(endpoint, "m", key)

    with pytest.raises(EncoderError):
        encoder.encode([text])
    encoder._client.close()


class Meanings:
    """An encoder that knows two topics."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        about_sending = [any(sign in text for sign in ("发货", "寄")) for text in texts]
        return np.asarray([[1, 0] if sending else [0, 1] for sending in about_sending], dtype=np.float32)


class Broken:
    """An encoder that never works."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise EncoderError(f"no vectors for {len(texts)}")


ENTRIES = [FaqEntry("发", "发货", "答"), FaqEntry("票", "乙丙", "答")]


def test_an_encoder_finds_what_shares_no_character(understander: Understander) -> None:
    plain = understander.build_shop_understander(ENTRIES, [], version="1")
    dense = replace(understander, encoder=Meanings()).build_shop_understander(ENTRIES, [], version="1")

    without, found = (shop.understand("寄").requests[0].faqs[0] for shop in (plain, dense))

    assert found.entry_id == "发"
    assert found.confidence > without.confidence


def test_a_broken_encoder_changes_nothing(understander: Understander) -> None:
    plain = understander.build_shop_understander(ENTRIES, [], version="1")
    broken = replace(understander, encoder=Broken()).build_shop_understander(ENTRIES, [], version="1")

    assert broken.understand("什么时候发货").requests == plain.understand("什么时候发货").requests
