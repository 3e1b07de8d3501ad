"""Our histograms say what the library's would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from app.observability.timings import LabelledHistogram

BOUNDS = (0.001, 0.0025, 0.5, 1.0, 10.0)
Times = st.lists(st.tuples(st.sampled_from(["act", "write"]), st.sampled_from(BOUNDS) | st.floats(0, 20)), max_size=20)


def lines(registry: CollectorRegistry) -> list[str]:
    """What Prometheus reads, but for the times at which the library's series began."""
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]


@given(Times)
def test_the_buckets_count_and_sum_are_the_librarys(times: list[tuple[str, float]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    timings = LabelledHistogram(ours, "stage_seconds", "time", BOUNDS, ("stage",))
    histogram = Histogram("stage_seconds", "time", ["stage"], buckets=BOUNDS, registry=theirs)

    for stage, seconds in times:
        timings.series_for(stage).observe(seconds)
        histogram.labels(stage).observe(seconds)

    assert lines(ours) == lines(theirs)


def test_a_histogram_without_labels_is_there_before_its_first_value() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()

    LabelledHistogram(ours, "answer_seconds", "time", BOUNDS).series_for()
    Histogram("answer_seconds", "time", buckets=BOUNDS, registry=theirs)

    assert lines(ours) == lines(theirs)


def test_two_histograms_cannot_have_one_name() -> None:
    registry = CollectorRegistry()
    LabelledHistogram(registry, "stage_seconds", "time", BOUNDS)

    with pytest.raises(ValueError, match="Duplicated"):
        LabelledHistogram(registry, "stage_seconds", "time", BOUNDS)
