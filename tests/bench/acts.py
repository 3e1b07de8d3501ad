"""Dialogue acts measured on the fifth of their lines that was held out, and what reading them costs."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from app.domain.acts import Act
from app.language.acts import ActReader
from app.language.text import normalise
from app.understanding.training.train_acts import ActSample, collect_lines, read_act_files, train_reader

FOLDS = 5


def is_held_out(text: str, fold: int = 0) -> bool:
    """Whether a line belongs to the fifth that is not trained on."""
    return sha256(text.encode()).digest()[0] % FOLDS == fold


def held_out_reader(fold: int = 0) -> tuple[ActReader, list[ActSample]]:
    """A reader trained on four fifths, and the lines of the last."""
    files = read_act_files()
    lines = collect_lines(files)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "acts.npz"
        np.savez_compressed(file, **train_reader([line for line in lines if not is_held_out(line.text, fold)], files))
        return ActReader.load_reader(file), [line for line in lines if is_held_out(line.text, fold)]


def count_hits(reader: ActReader, lines: Sequence[ActSample], act: Act) -> tuple[int, int, int]:
    """Right, wrongly found, and missed; lines of which the act is not known do not count."""
    right = wrong = missed = 0
    for line in lines:
        found = act in reader.read_acts(normalise(line.text), line.text)
        right += found and act in line.acts
        wrong += found and act not in line.acts and act not in line.open
        missed += not found and act in line.acts
    return right, wrong, missed


def quality_table() -> Iterator[str]:
    """Precision and recall of each act over all five parts, each read by a model that never saw it."""
    totals = {act: [0, 0, 0] for act in Act}
    for fold in range(FOLDS):
        reader, lines = held_out_reader(fold)
        for act in Act:
            totals[act] = [sum(pair) for pair in zip(totals[act], count_hits(reader, lines, act), strict=True)]
    yield f"{'act':16} precision recall lines"
    for act, (right, wrong, missed) in totals.items():
        yield f"{act:16} {right / (right + wrong or 1):.3f}     {right / (right + missed or 1):.3f}  {right + missed}"
    right, wrong, missed = (sum(own[place] for own in totals.values()) for place in range(3))
    yield f"{'all':16} {right / (right + wrong):.3f}     {right / (right + missed):.3f}  {right + missed}"


def speed_line(reader: ActReader) -> str:
    """Microseconds a message."""
    texts = [normalise(line.text) for line in collect_lines(read_act_files())]
    took = []
    for text in texts * 2:
        reader.remembered.clear()  # nothing is measured from memory
        began = time.thread_time_ns()
        reader.read_acts(text)
        took.append((time.thread_time_ns() - began) / 1000)
    took.sort()
    return f"{statistics.median(took):.0f} µs a message at the median, {took[int(len(took) * 0.95)]:.0f} µs at p95"


def main() -> None:
    """Measure and print."""
    sys.stdout.write("\n".join([*quality_table(), speed_line(ActReader.load_reader())]) + "\n")


if __name__ == "__main__":
    main()
