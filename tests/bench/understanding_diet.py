"""Rasa's DIET as a baseline, in its own process: reads a job as JSON on stdin, prints its predictions as JSON.

`--installed` only says, by the exit code, whether Rasa is there. Needs Rasa 3.6; point XIAOER_BENCH_RASA at the Python
that has it, as Rasa 3.6 and this project do not share their dependencies.
"""

import asyncio
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

CONFIG = """
recipe: default.v1
language: zh
pipeline:
  - name: JiebaTokenizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    entity_recognition: false
    random_seed: 1
"""


def main() -> int:
    """Train on the job's examples and predict what it asks."""
    if importlib.util.find_spec("rasa") is None:
        return 1
    if "--installed" in sys.argv:
        return 0
    job = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_predicted(_trained(Path(folder), job["examples"]), job["asked"]))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _trained(folder: Path, examples: list[tuple[str, str]]) -> str:
    from rasa.model_training import train_nlu  # noqa: PLC0415  # only where Rasa is installed

    lines = {intent: [text for text, own in examples if own == intent] for intent in {own for _, own in examples}}
    nlu = [{"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)} for intent, texts in lines.items()]
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    (folder / "nlu.yml").write_text(json.dumps({"version": "3.1", "nlu": nlu}, ensure_ascii=False), encoding="utf-8")
    trained = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
    if trained is None:
        raise RuntimeError("Rasa trained no model")
    return str(trained)


async def _predicted(model: str, asked: list[str]) -> list[tuple[str, float]]:
    from rasa.core.agent import Agent  # noqa: PLC0415  # only where Rasa is installed

    agent = Agent.load(model)
    parsed: list[dict[str, Any]] = [await agent.parse_message(text) for text in asked]
    return [(result["intent"]["name"], result["intent"]["confidence"]) for result in parsed]


if __name__ == "__main__":
    sys.exit(main())
