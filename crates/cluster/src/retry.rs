//! Asking a server again that was away.

use std::{future::Future, time::Duration};

use tokio::time::sleep;
use tracing::warn;

use crate::error::Error;

const DELAY: Duration = Duration::from_secs(1);

/// Does `request` until the server answers, however long it is away.
///
/// # Errors
/// Whatever another attempt will not mend.
pub(crate) async fn until_answered<T, R>(mut request: impl FnMut() -> R) -> Result<T, Error>
where
    R: Future<Output = Result<T, Error>>,
{
    loop {
        match request().await {
            Err(error) if error.may_pass() => {
                warn!("{error}: trying again");
                sleep(DELAY).await;
            }
            result => return result,
        }
    }
}
