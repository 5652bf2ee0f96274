//! The commitment to a program, made beside whatever else there is to do: on a CPU it takes seconds, and nothing needs
//! it before the first proof is there.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;

use crate::{panic::caught, Error};

type Make = Box<dyn FnOnce() -> Result<Digest, String> + Send>;

/// In the making, or there.
#[derive(Clone)]
pub(super) struct Commitment(Arc<LazyLock<Result<Digest, String>, Make>>);

const MAKING: &str = "committing to the program";

impl Commitment {
    /// Has it made by a thread of its own.
    pub(super) fn begin(make: impl FnOnce() -> Result<Digest, Error> + Send + 'static) -> Self {
        let make: Make = Box::new(|| match caught(|| MAKING.to_owned(), make) {
            Err(Error::Panicked { message, .. }) => Err(message),
            made => made.map_err(|error| error.to_string()),
        });
        let commitment = Self(Arc::new(LazyLock::new(make)));
        let ahead = commitment.0.clone();
        let making = thread::Builder::new().name("commitment".to_owned());
        // Without a thread whoever asks first makes it.
        let _ = making.spawn(move || {
            LazyLock::force(&ahead);
        });
        commitment
    }

    /// Waits for it.
    ///
    /// # Errors
    /// [`Error::Panicked`] if it could not be made.
    pub(super) fn get(&self) -> Result<Digest, Error> {
        let made = LazyLock::force(&self.0).clone();
        made.map_err(|message| Error::Panicked {
            what: MAKING.to_owned(),
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_whenever_it_is_asked_for() {
        let commitment = Commitment::begin(|| panic!("no memory"));
        for _ in 0..2 {
            let error = commitment.get().unwrap_err().to_string();
            assert_eq!(
                error,
                "committing to the program stopped with a panic: no memory"
            );
        }
    }
}
