"""What the host counts of its work, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/"""

import functools

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from .faults import MESSAGE_KINDS

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OTHER = "other"  # what a stranger sends names no new series


class Metrics:
    """One host's; each has a registry of its own, so that several hosts can be in one process."""

    def __init__(self):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.open = Gauge("taptill_connections_open", "Connections of terminals that are open", registry=self.registry)
        self.accepted = Counter("taptill_connections", "Connections that were served", registry=self.registry)
        self.limits = Counter(
            "taptill_limits", "Connections that were turned away or ended by a limit", ["limit"], registry=self.registry
        )
        self.requests = Counter(
            "taptill_requests", "Requests that were decided, by kind and F39", ["kind", "code"], registry=self.registry
        )
        self.unanswered = Counter(
            "taptill_requests_unanswered", "Requests without an answer, by what was in the way", ["why"], registry=self.registry
        )
        self.seconds = Histogram(
            "taptill_request_seconds",
            "From a request that has been read to its answer",
            ["kind"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._series = functools.lru_cache(1024)(self._found)  # they are looked up for every request

    def decided(self, kind: str, code: str, seconds: float) -> None:
        """A request of that kind (wire.Message.kind) was answered with F39 `code` after `seconds`."""
        requests, times = self._series(kind if kind in MESSAGE_KINDS else _OTHER, code)
        requests.inc()
        times.observe(seconds)

    def _found(self, kind: str, code: str) -> "tuple[Counter, Histogram]":
        return self.requests.labels(kind, code), self.seconds.labels(kind)

    def serve(self, port: int, bind: str = "127.0.0.1") -> "Exporter":
        """Answer GET /metrics on a port of its own (0: any free one), from a thread of its own.  Raises OSError."""
        return Exporter(*start_http_server(port, bind, self.registry))


class Exporter:
    """The HTTP server of the figures."""

    def __init__(self, server, thread):
        self._server, self._thread = server, thread
        self.port: int = server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
