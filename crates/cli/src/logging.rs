//! Logs to standard error, and metrics to a file.

use std::{env, path::Path};

use metrics_tracing_context::{MetricsLayer, TracingContextLayer};
use metrics_util::{
    debugging::{DebuggingRecorder, Snapshotter},
    layers::Layer,
};
use openvm_stark_sdk::{bench::serialize_metric_snapshot, metrics_tracing::TimingMetricsLayer};
use tracing_forest::{printer::MakeStderr, ForestLayer, PrettyPrinter};
use tracing_subscriber::{
    filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt, EnvFilter,
    Layer as TracingLayer,
};

use crate::{
    console::Console,
    error::{upstream, Error},
    files::Output,
};

/// What is to be written at the end.
pub struct Log {
    metrics: Option<(Snapshotter, Output)>,
}

/// Whether spans are logged.
pub fn has_spans(verbose: bool) -> bool {
    verbose || env::var_os(EnvFilter::DEFAULT_ENV).is_some_and(|filter| !filter.is_empty())
}

/// Starts to log what `RUST_LOG` asks for, else warnings, with `verbose` also spans with their times; and
/// to collect metrics if there is a file for them.
pub fn start(verbose: bool, metrics: Option<&Path>) -> Result<Log, Error> {
    let metrics = metrics.map(Output::new).transpose()?;
    let level = if verbose { "info,p3_=warn" } else { "warn" };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new(level));
    let printer = PrettyPrinter::new().writer(MakeStderr);
    let log = tracing_subscriber::registry().with(ForestLayer::from(printer).with_filter(filter));
    let Some(output) = metrics else {
        log.init();
        return Ok(Log { metrics: None });
    };
    // The same layers as openvm_stark_sdk::bench::run_with_metric_collection, whose log goes to stdout.
    let spans = MetricsLayer::new().with_filter(LevelFilter::INFO);
    let times = TimingMetricsLayer::new().with_filter(LevelFilter::INFO);
    log.with(spans).with(times).init();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::set_global_recorder(TracingContextLayer::all().layer(recorder))
        .map_err(|error| upstream("collecting metrics", error))?;
    Ok(Log {
        metrics: Some((snapshotter, output)),
    })
}

impl Log {
    /// Writes the metrics, whatever came of the work.
    pub fn finish(self, console: &Console) -> Result<(), Error> {
        if let Some((snapshotter, output)) = self.metrics {
            output.write_json(&serialize_metric_snapshot(snapshotter.snapshot()))?;
            console.wrote("metrics", output.path());
        }
        Ok(())
    }
}
