//! The spans of a proof as trees on standard output, as by upstream's `setup_tracing`.

use tracing_forest::{printer::PrettyPrinter, ForestLayer};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt, EnvFilter, Registry};

use crate::stdout::Stdout;

/// Logs from now on; `RUST_LOG` says what.
pub fn start() {
    let filter = EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("info,p3_=warn"));
    let printer = PrettyPrinter::new().writer(|| Stdout);
    Registry::default()
        .with(filter)
        .with(ForestLayer::from(printer))
        .init();
}
