//! What operators see: structured logs without personal data, and Prometheus metrics by route.

use crate::http::Route;
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};
use std::time::Duration;
use theriac_core::{Error, Result};
use tracing_subscriber::EnvFilter;

/// Starts logging to stderr: `THERIAC_LOG` is a filter such as `info` or `theriac_fhir=debug,warn`;
/// lines are JSON unless stderr is a terminal.
///
/// # Errors
/// `Invalid` for a filter that cannot be read.
pub fn log_to_stderr(filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|e| Error::invalid(format!("THERIAC_LOG cannot be read: {e}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        true => log.compact().try_init(),
        false => log.json().try_init(),
    };
    started.map_err(|e| Error::internal(e.to_string()))
}

/// The server's metrics. Labels are route patterns and status classes, never values from a request.
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    gauges: IntGaugeVec,
    limited: IntCounterVec,
}

impl Metrics {
    /// # Errors
    /// `Internal`, if two metrics had one name.
    pub fn new() -> Result<Self> {
        let buckets = vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
        let opts = HistogramOpts::new("theriac_request_seconds", "Time to answer, by route").buckets(buckets);
        let requests = HistogramVec::new(opts, &["method", "route", "status"]).map_err(Error::internal)?;
        let gauges = IntGaugeVec::new(Opts::new("theriac_gauge", "Present values by name"), &["name"])
            .map_err(Error::internal)?;
        let opts = Opts::new("theriac_limited_total", "Refused for being too much, by the kind of limit");
        let limited = IntCounterVec::new(opts, &["limit"]).map_err(Error::internal)?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone())).map_err(Error::internal)?;
        registry.register(Box::new(gauges.clone())).map_err(Error::internal)?;
        registry.register(Box::new(limited.clone())).map_err(Error::internal)?;
        Ok(Self { registry, requests, gauges, limited })
    }

    pub(crate) fn answered(&self, route: &Route, status: u16, took: Duration) {
        let class = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"][usize::from(status / 100).min(5)];
        self.requests.with_label_values(&[route.method.as_str(), route.path, class]).observe(took.as_secs_f64());
    }

    /// Something was refused by a limit of this kind; the kinds are a closed set.
    pub(crate) fn limited(&self, kind: &'static str) {
        self.limited.with_label_values(&[kind]).inc();
    }

    /// Sets a present value, such as the length of a queue.
    pub fn set(&self, name: &str, value: i64) {
        self.gauges.with_label_values(&[name]).set(value);
    }

    /// The exposition text, <https://prometheus.io/docs/instrumenting/exposition_formats/>.
    ///
    /// # Errors
    /// `Internal`.
    pub fn text(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out).map_err(Error::internal)?;
        Ok(out)
    }
}
