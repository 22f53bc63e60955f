//! What the server counts, in Prometheus' text form.
//!
//! Labels are routes as they are written in the router, never addresses as they
//! were asked for: those hold ids and secrets, and have no end.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the latency's classes. Units: seconds.
const LATENCY_S: [f64; 12] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// What a request was.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) route: String,
    pub(crate) status: u16,
}

/// Where a request went.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

/// Which of the tasks in the background.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Task {
    task: &'static str,
}

/// All counts; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: std::sync::Arc<Registry>,
    requests: Family<Asked, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    streams: Gauge,
    ledger_changes: Counter<u64, AtomicU64>,
    ledger_failures: Counter<u64, AtomicU64>,
    failures: Family<Task, Counter>,
    ledger_up: Gauge,
}

fn latency_histogram() -> Histogram {
    Histogram::new(LATENCY_S)
}

impl Metrics {
    /// Everything at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("platen");
        let requests = Family::default();
        let latency = Family::new_with_constructor(latency_histogram as fn() -> Histogram);
        let streams = Gauge::default();
        let ledger_changes = Counter::default();
        let ledger_failures = Counter::default();
        let failures = Family::default();
        let ledger_up = Gauge::default();
        registry.register(
            "build",
            "The program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "http_requests",
            "Requests answered, by route and status",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "From a request's head to its answer's head",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register(
            "http_open_streams",
            "Pages and clients that wait for news",
            streams.clone(),
        );
        registry.register(
            "ledger_changes",
            "Commits to the ledger that this process made or heard of",
            ledger_changes.clone(),
        );
        registry.register(
            "ledger_failures",
            "Reads and writes of the ledger that did not work, refusals not counted",
            ledger_failures.clone(),
        );
        registry.register(
            "failures",
            "What did not work in the background, by task",
            failures.clone(),
        );
        registry.register(
            "ledger_up",
            "Whether the ledger answered when it was last looked for",
            ledger_up.clone(),
        );
        Self {
            registry: std::sync::Arc::new(registry),
            requests,
            latency,
            streams,
            ledger_changes,
            ledger_failures,
            failures,
            ledger_up,
        }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, asked: &Asked, took: Duration) {
        self.requests.get_or_create(asked).inc();
        let route = Route {
            method: asked.method,
            route: asked.route.clone(),
        };
        self.latency
            .get_or_create(&route)
            .observe(took.as_secs_f64());
    }

    /// The ledger has seen that many changes since the process began.
    pub(crate) fn ledger_has_changed(&self, changes: u64) {
        let counted = self.ledger_changes.get();
        self.ledger_changes.inc_by(changes.saturating_sub(counted));
    }

    /// So much has failed in the ledger since the process began.
    pub(crate) fn ledger_has_failed(&self, failures: u64) {
        let counted = self.ledger_failures.get();
        self.ledger_failures
            .inc_by(failures.saturating_sub(counted));
    }

    /// Something in the background did not work.
    pub(crate) fn failed(&self, task: &'static str) {
        self.failures.get_or_create(&Task { task }).inc();
    }

    /// So many pages and clients wait for news.
    pub(crate) fn wait_for_news(&self, count: usize) {
        self.streams.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Whether the ledger answers.
    pub(crate) fn ledger_is(&self, up: bool) {
        self.ledger_up.set(i64::from(up));
    }

    /// All of it as text.
    ///
    /// *Source*: OpenMetrics 1.0.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        let asked = Asked {
            method: "GET",
            route: "/history/{id}".to_owned(),
            status: 200,
        };
        metrics.answered(&asked, Duration::from_millis(3));
        metrics.answered(&asked, Duration::from_millis(30));
        metrics.ledger_has_changed(7);
        metrics.ledger_has_changed(7);
        let text = metrics.text();
        for line in [
            r#"platen_http_requests_total{method="GET",route="/history/{id}",status="200"} 2"#,
            r#"platen_http_request_duration_seconds_count{method="GET",route="/history/{id}"} 2"#,
            "platen_ledger_changes_total 7",
            "platen_http_open_streams 0",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}
