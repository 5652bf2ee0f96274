//! The next job: that of the server's queues which matters most, of those that this worker has the memory for.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use async_nats::{
    jetstream::{
        consumer::{pull, PullConsumer},
        Message,
    },
    Subscriber,
};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use crate::{error::Error, job::queue_mib, names, server::Server};

pub(super) struct Queue {
    server: Server,
    memory_bytes: Option<u64>,
    /// Hears each job that is published: then there is something to take.
    bell: Subscriber,
    /// In the order in which they are asked.
    queues: Vec<PullConsumer>,
    listed: Option<Instant>,
}

/// A job that comes back to the queue rings no bell.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long the server may take over an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

impl Queue {
    pub(super) async fn new(server: Server, memory_bytes: Option<u64>) -> Result<Self, Error> {
        let bell = server.client.subscribe(names::all_jobs()).await;
        let bell = bell.map_err(|error| Error::server("listening for jobs", error))?;
        Ok(Self {
            server,
            memory_bytes,
            bell,
            queues: vec![],
            listed: None,
        })
    }

    /// Waits for a job.
    pub(super) async fn next(&mut self) -> (Message, Duration) {
        loop {
            if self.listed.is_none_or(|at| at.elapsed() > LOOK_AGAIN) {
                self.list().await;
            }
            for queue in &self.queues {
                if let Some(message) = take(queue).await {
                    return (message, queue.cached_info().config.ack_wait);
                }
            }
            match timeout(LOOK_AGAIN, self.bell.next()).await {
                // However often it rings, one look is enough.
                Ok(Some(_)) => {
                    while let Some(Some(_)) = self.bell.next().now_or_never() {}
                    self.listed = None;
                }
                Ok(None) => sleep(LOOK_AGAIN).await,
                Err(_) => {}
            }
        }
    }

    /// Finds out which queues there are. Without an answer they stay as they were.
    async fn list(&mut self) {
        let names = async {
            let names = self.server.jobs.consumer_names();
            names.try_collect::<Vec<String>>().await
        };
        let names = match timeout(ANSWER_LIMIT, names).await {
            Ok(Ok(names)) => names,
            Ok(Err(error)) => return warn!("asking for queues: {error}"),
            Err(_) => return warn!("asking for queues: no answer"),
        };
        self.listed = Some(Instant::now());
        let known = |name: &String| {
            let mut queues = self.queues.iter();
            queues.any(|queue| queue.cached_info().name == *name)
        };
        if names.len() == self.queues.len() && names.iter().all(known) {
            return;
        }
        let memory_mib = self
            .memory_bytes
            .map(|bytes| bytes as f64 / f64::from(1 << 20));
        let fits = |mib: f64| memory_mib.is_none_or(|memory| mib <= memory);
        let sizes = names.into_iter();
        let sizes = sizes.filter_map(|name| Some((queue_mib(&name)?, name)));
        let mut fitting: Vec<_> = sizes.filter(|(mib, _)| fits(*mib)).collect();
        // Nodes hold up all above them; a large segment that is begun late is waited for.
        fitting.sort_by(|(one, a), (other, b)| {
            let is_node = |name: &str| name == names::NODES;
            is_node(b).cmp(&is_node(a)).then(other.total_cmp(one))
        });
        let mut queues = vec![];
        for (_, name) in fitting {
            let queue = self.server.jobs.get_consumer::<pull::Config>(&name);
            match timeout(ANSWER_LIMIT, queue).await {
                Ok(Ok(queue)) => queues.push(queue),
                Ok(Err(error)) => debug!("queue {name}: {error}"),
                Err(_) => debug!("queue {name}: no answer"),
            }
        }
        self.queues = queues;
    }
}

/// A job of this queue, if one waits there.
async fn take(queue: &PullConsumer) -> Option<Message> {
    let take = async {
        let messages = queue.fetch().max_messages(1).messages().await;
        let messages = messages.map_err(|error| error.to_string())?;
        let message = pin!(messages).next().await;
        message.transpose().map_err(|error| error.to_string())
    };
    match timeout(ANSWER_LIMIT, take).await {
        Ok(Ok(message)) => message,
        Ok(Err(error)) => {
            debug!("asking for a job: {error}");
            None
        }
        // What comes later is given to someone else in time.
        Err(_) => None,
    }
}
