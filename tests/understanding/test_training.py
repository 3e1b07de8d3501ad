"""Training: the same lines give the same samples, in whatever process they are read."""

from app.domain.intent_traits import IntentDirectory
from app.understanding.examples import INTENTS, ExampleLine, read_line_traits
from app.understanding.lexicon import Lexicon
from app.understanding.training.train import build_samples


def test_features_stand_in_one_order_whatever_the_process_hashes() -> None:
    """Sums of floats depend on their order, and a set of strings has another one in every process."""
    traits: IntentDirectory = read_line_traits()
    lexicon = Lexicon.load_lexicon(INTENTS / "lexicon.yml")

    found = build_samples([ExampleLine("什么时候发货呀", "shipping_time", {})], lexicon, traits)

    assert found
    assert [list(sample.ngrams) for sample in found] == [sorted(sample.ngrams) for sample in found]
    assert [list(sample.named) for sample in found] == [sorted(sample.named) for sample in found]
