//! The connection to a NATS server, and what we keep there.

use std::{path::PathBuf, time::Duration};

use async_nats::{
    jetstream::{
        self,
        context::{CreateStreamError, CreateStreamErrorKind},
        kv,
        object_store::ObjectStore,
        stream, ErrorCode,
    },
    Client, ConnectOptions,
};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::{
    address::{without_login, Addresses, Login},
    error::Error,
    names,
    objects::Objects,
};

/// How to reach a server.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Its addresses, separated by commas: `nats://`, or `tls://` to insist on TLS. User and password, or a token, may
    /// stand before the host, as in other URLs: `nats://user:password@server`.
    pub url: String,
    /// A credentials file (`.creds`), as `nsc` makes it.
    pub credentials: Option<PathBuf>,
    /// Certificates of authorities to trust beside the system's, in PEM.
    pub root_certificates: Option<PathBuf>,
    /// This client's certificate and key, in PEM.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

impl ServerOptions {
    /// The addresses, to be shown: without user, password and token.
    pub fn shown_url(&self) -> String {
        without_login(&self.url)
    }
}

/// A server, and our part of it.
#[derive(Clone)]
pub struct Server {
    pub(crate) client: Client,
    pub(crate) context: jetstream::Context,
    pub(crate) jobs: stream::Stream,
    pub(crate) results: stream::Stream,
    pub(crate) objects: Objects,
    pub(crate) proofs: kv::Store,
    pub(crate) workers: kv::Store,
}

/// How long a server may take over one request.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
const CONNECTION_LIMIT: Duration = Duration::from_secs(5);
const LONGEST_RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// How often is looked again for what another process is making, and after how long.
const ATTEMPTS: usize = 20;
const ATTEMPT_DELAY: Duration = Duration::from_millis(100);

/// How long a worker is listed after it was last heard of.
const WORKERS_ARE_KEPT: Duration = Duration::from_secs(60);

/// How long a proof can be gone on with that nobody asks for any more.
const RESULTS_ARE_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

impl Server {
    /// Connects as `name`, and makes whatever is not there yet. After that, a lost connection comes back by itself.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Credentials`] and [`Error::NoJetStream`]; [`Error::Server`] if the account may not
    /// make streams, and they are not there.
    pub async fn connect(options: &ServerOptions, name: &str) -> Result<Self, Error> {
        let client = connect(options, name).await?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(REQUEST_LIMIT);
        let jobs = stream::Config {
            name: names::jobs_stream(),
            subjects: vec![names::all_jobs()],
            retention: stream::RetentionPolicy::WorkQueue,
            ..stream::Config::default()
        };
        let results = stream::Config {
            name: names::results_stream(),
            subjects: vec![names::all_results()],
            max_age: RESULTS_ARE_KEPT,
            ..stream::Config::default()
        };
        let jobs = stream(&context, jobs).await;
        Ok(Self {
            jobs: jobs.map_err(|error| no_jetstream(options, error))?,
            results: stream(&context, results).await?,
            objects: Objects::new(object_store(&context).await?),
            proofs: bucket(&context, names::PROOFS, Duration::ZERO).await?,
            workers: bucket(&context, names::WORKERS, WORKERS_ARE_KEPT).await?,
            context,
            client,
        })
    }
}

async fn connect(options: &ServerOptions, name: &str) -> Result<Client, Error> {
    let mut connection = ConnectOptions::new()
        .name(format!("openvm-metal {} {name}", names::VERSION))
        .connection_timeout(CONNECTION_LIMIT)
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            Duration::from_millis(50 * attempts as u64).min(LONGEST_RECONNECT_DELAY)
        })
        .event_callback(|event| async move {
            match event {
                async_nats::Event::Connected => info!("connected to the NATS server"),
                event => warn!("NATS: {event}"),
            }
        });
    if let Some(path) = &options.credentials {
        let read = connection.credentials_file(path).await;
        connection = read.map_err(|error| Error::Credentials {
            path: path.clone(),
            reason: error.to_string(),
        })?;
    }
    if let Some(path) = &options.root_certificates {
        connection = connection.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &options.client_certificate {
        connection = connection.add_client_certificate(certificate.clone(), key.clone());
    }
    let addresses = Addresses::parse(&options.url)?;
    connection = match addresses.login() {
        Some(Login::User { name, password }) => connection.user_and_password(name, password),
        Some(Login::Token(token)) => connection.token(token),
        None => connection,
    };
    let client = connection.connect(&addresses.0[..]).await;
    client.map_err(|error| Error::Connect {
        url: options.shown_url(),
        reason: error.to_string(),
    })
}

async fn stream(
    context: &jetstream::Context,
    config: stream::Config,
) -> Result<stream::Stream, Error> {
    let name = config.name.clone();
    let mut attempts = 1..=ATTEMPTS;
    loop {
        let made = context.get_or_create_stream(config.clone()).await;
        match made {
            Err(error) if is_made_by_another(&error) && attempts.next().is_some() => {
                sleep(ATTEMPT_DELAY).await;
            }
            made => {
                let making = || format!("making the stream {name}");
                return made.map_err(|error| Error::refused_or_full(making(), error));
            }
        }
    }
}

/// Whoever is first makes it; meanwhile it is not found, and cannot be made either.
fn is_made_by_another(error: &CreateStreamError) -> bool {
    match error.kind() {
        CreateStreamErrorKind::JetStream(error) => [
            ErrorCode::STREAM_NAME_EXIST,
            ErrorCode::STREAM_SUBJECT_OVERLAP,
        ]
        .contains(&error.error_code()),
        _ => false,
    }
}

/// What a server says to the first request that it cannot do.
fn no_jetstream(options: &ServerOptions, error: Error) -> Error {
    match error {
        Error::Server { reason, .. }
            if ["unavailable", "no responders", "not enabled"]
                .iter()
                .any(|words| reason.contains(words)) =>
        {
            Error::NoJetStream {
                url: options.shown_url(),
                reason,
            }
        }
        error => error,
    }
}

async fn object_store(context: &jetstream::Context) -> Result<ObjectStore, Error> {
    let mut attempts = 1..=ATTEMPTS;
    loop {
        if let Ok(store) = context.get_object_store(names::OBJECTS).await {
            return Ok(store);
        }
        let config = jetstream::object_store::Config {
            bucket: names::OBJECTS.to_owned(),
            ..jetstream::object_store::Config::default()
        };
        match context.create_object_store(config).await {
            // Another process may be making it.
            Err(_) if attempts.next().is_some() => sleep(ATTEMPT_DELAY).await,
            made => {
                let making = || format!("making the bucket {}", names::OBJECTS);
                return made.map_err(|error| Error::server(making(), error));
            }
        }
    }
}

async fn bucket(
    context: &jetstream::Context,
    name: &str,
    max_age: Duration,
) -> Result<kv::Store, Error> {
    // As `create_key_value` does, which asks for what servers before 2.10 do not answer.
    let config = stream::Config {
        name: format!("KV_{name}"),
        subjects: vec![names::puts(name)],
        max_messages_per_subject: 1,
        max_age,
        discard: stream::DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        ..stream::Config::default()
    };
    stream(context, config).await?;
    let bucket = context.get_key_value(name).await;
    bucket.map_err(|error| Error::server(format!("opening the bucket {name}"), error))
}
