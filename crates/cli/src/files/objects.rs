//! Reading: keys, programs and proofs in bitcode, commitments and STARK proofs in JSON, as openvm-sdk's
//! `fs` writes them.

use std::{fs, io::ErrorKind, path::Path};

use serde::de::DeserializeOwned;

use crate::error::{caught, Error};

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

/// An object in bitcode; `what` it is, for the error.
pub fn read_object<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, Error> {
    decode(path, what, &read(path)?)
}

/// An object in bitcode that `command` makes.
pub fn read_made<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
    command: &'static str,
) -> Result<T, Error> {
    match fs::read(path) {
        Ok(bytes) => decode(path, what, &bytes),
        Err(source) if source.kind() == ErrorKind::NotFound => Err(Error::NotMadeYet {
            what,
            path: path.to_owned(),
            source,
            command,
        }),
        Err(source) => Err(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The object in a file's bytes.
pub fn decode<T: DeserializeOwned>(
    path: &Path,
    what: &'static str,
    bytes: &[u8],
) -> Result<T, Error> {
    let broken = |reason: String| Error::Broken {
        path: path.to_owned(),
        what,
        reason,
    };
    // Some configurations are checked by assertions while they are read.
    let read = || bitcode::deserialize(bytes).map_err(|error| broken(error.to_string()));
    caught("reading a file", read).map_err(|error| match error {
        Error::Panicked { message, .. } => broken(message),
        error => error,
    })
}

/// An object in JSON; `what` it is, for the error.
pub fn read_json<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, Error> {
    serde_json::from_slice(&read(path)?).map_err(|error| Error::Broken {
        path: path.to_owned(),
        what,
        reason: error.to_string(),
    })
}
