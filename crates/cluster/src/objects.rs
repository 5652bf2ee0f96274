//! Objects in the server's store, each called by its hash.

use std::{future::Future, time::Duration};

use async_nats::jetstream::object_store::{
    GetErrorKind, InfoErrorKind, ObjectMetadata, ObjectStore,
};
use bytes::Bytes;
use tokio::{io::AsyncReadExt, time::timeout};

use crate::{error::Error, hash::Hash};

/// The server's store.
#[derive(Clone)]
pub struct Objects {
    store: ObjectStore,
}

/// Messages of an object: half of what a server takes by default.
const CHUNK_BYTES: usize = 512 << 10;

/// How long nothing may come of an object before its transfer counts as broken off.
const STALL_LIMIT: Duration = Duration::from_secs(10);

impl Objects {
    pub(crate) fn new(store: ObjectStore) -> Self {
        Self { store }
    }

    /// Keeps these bytes. When this returns, the server has confirmed them.
    ///
    /// # Errors
    /// [`Error::StoreFull`]; [`Error::Server`] if the server does not answer.
    pub async fn put(&self, bytes: &[u8]) -> Result<Hash, Error> {
        let hash = Hash::of(bytes);
        if self.has(&hash).await? {
            return Ok(hash);
        }
        let doing = || format!("storing object {hash}");
        let metadata = ObjectMetadata {
            name: hash.to_string(),
            chunk_size: Some(CHUNK_BYTES),
            ..ObjectMetadata::default()
        };
        let mut bytes = bytes;
        // Each of its chunks has a limit of its own.
        let stored = self.store.put(metadata, &mut bytes).await;
        stored.map_err(|error| Error::refused_or_full(doing(), error))?;
        Ok(hash)
    }

    /// The bytes of an object, which have that hash.
    ///
    /// # Errors
    /// [`Error::Missing`] and [`Error::Changed`]; [`Error::Server`] if the server does not answer.
    pub async fn get(&self, hash: &Hash) -> Result<Bytes, Error> {
        let doing = || format!("fetching object {hash}");
        let object = within(doing, self.store.get(hash.to_string())).await?;
        let mut object = object.map_err(|error| match error.kind() {
            GetErrorKind::NotFound => Error::Missing(*hash),
            _ => Error::server(doing(), error),
        })?;
        let mut bytes = Vec::with_capacity(object.info().size);
        loop {
            let read = within(doing, object.read_buf(&mut bytes)).await?;
            match read.map_err(|error| Error::server(doing(), error))? {
                0 => break,
                _ if bytes.len() > object.info().size => return Err(Error::Changed(*hash)),
                _ => {}
            }
        }
        match Hash::of(&bytes) == *hash {
            true => Ok(bytes.into()),
            false => Err(Error::Changed(*hash)),
        }
    }

    /// Forgets an object; that it is not there is no error.
    pub async fn delete(&self, hash: &Hash) -> Result<(), Error> {
        let doing = || format!("deleting object {hash}");
        // Without an answer it may have been deleted, or not: nobody counts on either.
        let _ = within(doing, self.store.delete(hash.to_string())).await?;
        Ok(())
    }

    async fn has(&self, hash: &Hash) -> Result<bool, Error> {
        let doing = || format!("looking for object {hash}");
        match within(doing, self.store.info(hash.to_string())).await? {
            Ok(info) => Ok(!info.deleted),
            Err(error) if error.kind() == InfoErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::server(doing(), error)),
        }
    }
}

async fn within<T>(doing: impl Fn() -> String, work: impl Future<Output = T>) -> Result<T, Error> {
    timeout(STALL_LIMIT, work)
        .await
        .map_err(|_| Error::TimedOut {
            doing: doing(),
            limit: STALL_LIMIT,
        })
}
