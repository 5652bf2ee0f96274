//! Panics of code that is not ours, as errors.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::Error;

/// What `work` returns, or its panic as an error. Whatever `work` changes must not be used after an error.
pub(crate) fn caught<T>(
    what: impl FnOnce() -> String,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Err(Error::Panicked {
            what: what(),
            message: message.unwrap_or_else(|| "no message".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let work = || -> Result<(), Error> { panic!("pointer {} is out of bounds", 7) };
        let error = caught(|| "segment 3".to_owned(), work).unwrap_err();
        let expected = "segment 3 stopped with a panic: pointer 7 is out of bounds";
        assert_eq!(error.to_string(), expected);
    }
}
