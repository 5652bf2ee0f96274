//! What a worker does, for Prometheus: its text format over HTTP.

use std::{fmt::Write, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tracing::debug;

use super::alive::Alive;
use crate::{error::Error, job::WorkerStatus};

/// How long a client may take over its request.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// Answers whoever asks at this address.
pub(super) async fn serve(address: SocketAddr, alive: Arc<Alive>) -> Result<(), Error> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| Error::System {
        doing: "listening for whoever asks for metrics",
        reason: format!("{address}: {error}"),
    })?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let text = text(&alive.status());
            match timeout(REQUEST_LIMIT, answer(client, &text)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!("metrics: {error}"),
                Err(_) => debug!("metrics: no request"),
            }
        }
    });
    Ok(())
}

/// Whatever is asked for, the answer is the same.
async fn answer(mut client: TcpStream, text: &str) -> std::io::Result<()> {
    let mut request = [0; 1024];
    let _ = client.read(&mut request).await?;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await
}

fn text(status: &WorkerStatus) -> String {
    let metrics = [
        ("jobs", "gauge", "Jobs in hand", status.jobs.len() as u64),
        ("jobs_proven_total", "counter", "Jobs done", status.proven),
        ("jobs_failed_total", "counter", "Jobs failed", status.failed),
        (
            "instructions_proven_total",
            "counter",
            "Instructions in proven segments",
            status.instructions,
        ),
        (
            "uptime_seconds",
            "counter",
            "Time since the start",
            status.seconds,
        ),
    ];
    let mut text = String::new();
    for (name, kind, help, value) in metrics {
        let name = format!("openvm_metal_{name}");
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# HELP {name} {help}.\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    text
}
