"""The numbers as Prometheus text. Every metric is named in docs/collector.md (a test compares)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector as PrometheusCollector

from leadline_collector.collector import Collector
from leadline_collector.counting.counts import Counts, Histogram

PREFIX = "leadline_collector_"
STALE_MS = 10_000  # a worker reports once a second


def write_metrics(collector: Collector) -> bytes:
    """All workers' numbers, each with its `worker` label, and this one's view of the disk."""
    registry = CollectorRegistry()
    registry.register(_Exposition(collector))
    return generate_latest(registry)


class _Exposition(PrometheusCollector):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def collect(self) -> Iterable[Metric]:
        gathered = {str(worker): counts for worker, counts in self._collector.gather().items()}
        yield from _counters(gathered)
        yield _histogram("commit_seconds", "Time of one commit", {w: c.commit_s for w, c in gathered.items()})
        yield _histogram(
            "queue_seconds",
            "From a batch's first beacon to its commit's end",
            {w: c.waited_s for w, c in gathered.items()},
        )
        yield _histogram("batch_records", "Beacons in one commit", {w: c.records for w, c in gathered.items()})
        yield from _standing(gathered)
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        disk = self._collector.disk
        for name, help_text, number in (
            ("log_bytes", "Size of the beacon log with what is loaded but kept", disk.log_bytes),
            ("disk_free_bytes", "Free bytes where the beacon log stands", disk.free_bytes),
        ):
            yield GaugeMetricFamily(PREFIX + name, help_text, value=number)


def _counters(gathered: dict[str, Counts]) -> Iterator[Metric]:
    accepted = CounterMetricFamily(PREFIX + "accepted", "Beacons that are on disk", labels=["worker", "app", "client"])
    dropped = CounterMetricFamily(
        PREFIX + "dropped", "Beacons and requests not kept, by reason", labels=["worker", "app", "client", "reason"]
    )
    fields = CounterMetricFamily(
        PREFIX + "dropped_fields",
        "Figures and items left out of beacons that were kept, by reason",
        labels=["worker", "app", "client", "reason"],
    )
    crawlers = CounterMetricFamily(
        PREFIX + "crawlers", "Beacons of crawlers, kept or not, by the crawler's name", labels=["worker", "app", "name"]
    )
    closed = CounterMetricFamily(
        PREFIX + "closed_connections", "Connections ended before they were a request", labels=["worker", "why"]
    )
    failed = CounterMetricFamily(PREFIX + "failed_commits", "Commits that did not reach the disk", labels=["worker"])
    answers = CounterMetricFamily(PREFIX + "flag_answers", "Answers about flags", labels=["worker", "status"])
    events = CounterMetricFamily(PREFIX + "flag_events", "Changes of flags told to streams", labels=["worker"])
    for worker, counts in gathered.items():
        for status, number in list(counts.flag_answers.items()):
            answers.add_metric([worker, str(status)], number)
        events.add_metric([worker], counts.flag_events)
        for (app, client), number in list(counts.accepted.items()):  # the event loop goes on adding to them
            accepted.add_metric([worker, app, client], number)
        for (app, client, reason), number in list(counts.dropped.items()):
            dropped.add_metric([worker, app, client, reason], number)
        for (app, client, reason), number in list(counts.dropped_fields.items()):
            fields.add_metric([worker, app, client, reason], number)
        for (app, name), number in list(counts.crawlers.items()):
            crawlers.add_metric([worker, app, name], number)
        for why, number in list(counts.closed.items()):
            closed.add_metric([worker, why], number)
        failed.add_metric([worker], counts.failed_commits)
    yield from (accepted, dropped, fields, crawlers, closed, failed, answers, events)


def _standing(gathered: dict[str, Counts]) -> Iterator[Metric]:
    """The state of each worker; one without a report for STALE_MS is not ready."""
    newest_ms = max(counts.told_at_ms for counts in gathered.values())
    waiting = GaugeMetricFamily(PREFIX + "waiting_records", "Beacons that wait for a commit", labels=["worker"])
    ready = GaugeMetricFamily(PREFIX + "ready", "1 while beacons are taken", labels=["worker"])
    in_force = GaugeMetricFamily(
        PREFIX + "settings_in_force", "1 while leadline.toml as it stands is in force", labels=["worker"]
    )
    streams = GaugeMetricFamily(PREFIX + "flag_streams", "Open streams of flag changes", labels=["worker"])
    for worker, counts in gathered.items():
        streams.add_metric([worker], counts.flag_streams)
        is_there = newest_ms - counts.told_at_ms < STALE_MS
        waiting.add_metric([worker], counts.waiting)
        ready.add_metric([worker], int(counts.is_ready and is_there))
        in_force.add_metric([worker], int(counts.has_settings_in_force))
    yield from (waiting, ready, in_force, streams)


def _histogram(name: str, help_text: str, observed: dict[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, help_text, labels=["worker"])
    for worker, histogram in observed.items():
        running = 0
        buckets = []
        for bound, number in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
            running += number
            buckets.append(("+Inf" if bound == float("inf") else str(float(bound)), running))
        family.add_metric([worker], buckets=buckets, sum_value=histogram.total)
    return family
