"""Histograms as plain numbers, summed when Prometheus scrapes.

A turn is timed several times, and the library's histogram, which takes two locks and walks the buckets each time, costs
three times as much.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class HistogramSeries:
    """Counts of values by bucket, and their sum; not thread-safe."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Counts a value; a bucket includes its upper bound."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value


class LabelledHistogram(Collector):
    """A histogram with its series by label values."""

    def __init__(
        self, registry: CollectorRegistry, name: str, text: str, bounds: tuple[float, ...], labels: tuple[str, ...] = ()
    ) -> None:
        self._name = name
        self._text = text
        self._bounds = bounds
        self._labels = labels
        self._known: dict[tuple[str, ...], HistogramSeries] = {}
        registry.register(self)

    def series_for(self, *values: str) -> HistogramSeries:
        """The series with these label values, in the histogram's order."""
        series = self._known.get(values)
        if series is None:
            series = self._known[values] = HistogramSeries(self._bounds)
        return series

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """Describes the histogram, so that the registry refuses a second one with its name."""
        yield HistogramMetricFamily(self._name, self._text, labels=self._labels)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Collects the current counts."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        names = [*map(floatToGoString, self._bounds), "+Inf"]
        for values, series in self._known.items():
            family.add_metric(values, list(zip(names, accumulate(series.counts), strict=True)), series.total)
        yield family
