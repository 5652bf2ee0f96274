//! Options that say which NATS server connects machines, and how to get in.

use std::path::PathBuf;

use clap::Args;
use openvm_metal_cluster::ServerOptions;

/// How to get into a NATS server.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster Options")]
pub struct AccessArgs {
    /// Credentials for the NATS server: a .creds file, as `nsc generate creds` makes it
    #[arg(long, value_name = "FILE")]
    pub nats_creds: Option<PathBuf>,

    /// Trust the authorities in this file, too, for TLS: certificates in PEM
    #[arg(long, value_name = "FILE")]
    pub nats_ca: Option<PathBuf>,

    /// Show this certificate to the server, for TLS: in PEM
    #[arg(long, value_name = "FILE", requires = "nats_key")]
    pub nats_cert: Option<PathBuf>,

    /// The key of --nats-cert, in PEM
    #[arg(long, value_name = "FILE", requires = "nats_cert")]
    pub nats_key: Option<PathBuf>,
}

impl AccessArgs {
    /// The server at `url`, to be entered with these.
    pub fn server(&self, url: &str) -> ServerOptions {
        ServerOptions {
            url: url.to_owned(),
            credentials: self.nats_creds.clone(),
            root_certificates: self.nats_ca.clone(),
            client_certificate: self.nats_cert.clone().zip(self.nats_key.clone()),
        }
    }
}
