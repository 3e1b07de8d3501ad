"""The rows of made-up shops that the matcher and the encoder learn from, and their reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.understanding.lexicon import read_yaml
from app.understanding.reading import Probabilities, TextAnalysis, TextAnalyzer, TextSpan

QUESTIONS = Path(__file__).with_name("questions.yml")

Row = tuple[str, ...]
Trades = Mapping[str, Sequence[Row]]


def read_trades(*, for_matcher: bool, file: Path = QUESTIONS) -> dict[str, list[Row]]:
    """The made-up rows of each trade the matcher is trained on, or of those the encoder is tuned on."""
    written = read_yaml(file)
    rows = {trade: [tuple(row.split("|")) for row in rows] for trade, rows in written["trades"].items()}
    return {trade: rows[trade] for trade in rows if (trade in written["for_the_matcher"]) is for_matcher}


@dataclass(frozen=True)
class CachingAnalyzer(TextAnalyzer):
    """Reads each text once: the same rows stand in many shops."""

    known: dict[str, TextAnalysis] = field(default_factory=dict)

    def analyze_all(
        self,
        texts: Sequence[TextSpan],
        pieces: Sequence[TextSpan] = (),
        *,
        encode: bool = True,
    ) -> tuple[list[TextAnalysis], list[Probabilities]]:
        """The same as any analyzer's."""
        new = [each for each in texts if each.text not in self.known]
        if new:
            readings, _ = super().analyze_all(new, pieces, encode=encode or bool(new))
            self.known.update({each.text: reading for each, reading in zip(new, readings, strict=True)})
        return [self.known[each.text] for each in texts], []
