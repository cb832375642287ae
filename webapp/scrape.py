"""What Prometheus gets at /metrics: what all processes counted, and how things stand now."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from json import loads
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from webapp.config import Settings
from webapp.gauges import GAUGES, Gauge, Moment
from webapp.health import ask
from webapp.jobs import Doorbell
from webapp.metrics import REGISTRY, is_additive
from webapp.models import MetricSample
from webapp.models.metric_sample import SampleKey

SUFFIXES = ("_total", "_bucket", "_count", "_sum")


def text(settings: Settings, doorbell: Doorbell, now: datetime, accept: str) -> tuple[bytes, str]:
    """The metrics in the format that the header `accept` prefers, and its content type."""
    health, jobs = ask(settings, doorbell, now)
    moment = Moment(now, health, jobs)
    encode, content_type = choose_encoder(accept)
    return encode(_Metrics(moment)), content_type


class _Metrics(Collector):
    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def collect(self) -> Iterator[Metric]:
        known = self._moment.health.database.ok
        totals = MetricSample.all() if known else None
        yield from (_with_totals(metric, totals) for metric in REGISTRY.collect())
        yield from (_as_it_is(gauge, self._moment) for gauge in GAUGES)


def _with_totals(metric: Metric, totals: Mapping[SampleKey, float] | None) -> Metric:
    """The metric with what all processes counted, in place of what this one did.

    Without totals it has no samples: at 0 it would look begun anew, and rise by all of itself
    when the database is back.
    """
    told = Metric(metric.name, metric.documentation, metric.type)
    if totals is None:
        return told
    names = {metric.name + suffix for suffix in SUFFIXES}
    known = {
        SampleKey.of(sample.name, sample.labels): 0.0
        for sample in metric.samples
        if is_additive(sample.name)
    }
    counted = {key: value for key, value in totals.items() if key.name in names}
    samples = [Sample(key.name, loads(key.labels), n) for key, n in (known | counted).items()]
    told.samples = sorted(samples, key=_place)
    return told


def _place(sample: Sample) -> tuple[Any, ...]:
    """Samples of the same labels stand together, buckets by their bound, then count and sum."""
    labels = {name: value for name, value in sample.labels.items() if name != "le"}
    return sorted(labels.items()), sample.name, float(sample.labels.get("le", 0))


def _as_it_is(gauge: Gauge, moment: Moment) -> Metric:
    told = GaugeMetricFamily(gauge.name, gauge.meaning, labels=gauge.labels)
    if moment.health.database.ok or not gauge.from_database:
        for labels, value in gauge.read(moment).items():
            told.add_metric(labels, value)
    return told
