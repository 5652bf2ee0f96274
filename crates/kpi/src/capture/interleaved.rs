//! Two commands in turn, so that a machine that drifts does so for both.

use super::plan::in_words;
use super::session::Session;
use super::{CapturePlan, Progress};
use crate::error::Error;
use crate::record::Found;

/// Runs two plans A B A B, each as often as the first one says, and keeps both.
pub fn capture_interleaved(
    base: &CapturePlan<'_>,
    new: &CapturePlan<'_>,
    progress: &mut dyn Progress,
) -> Result<(Found, Found), Error> {
    let mut base_session = Session::begin(base)?;
    let mut new_session = match Session::begin(new) {
        Ok(session) => session,
        Err(error) => return Err(base_session.fail("the other side", error)),
    };
    let sections = base.sections();
    let total = 2 * sections.len() as u32;
    for (round, section) in sections.iter().enumerate() {
        let done = 2 * round as u32;
        progress.begins(base.label, *section, done, total);
        if let Err(error) = base_session.run(*section, progress) {
            // Both logs are kept; the failing side's error is the one to report.
            let _ = new_session.fail("the other side", Error::Interrupted);
            return Err(base_session.fail(&in_words(*section), error));
        }
        progress.begins(new.label, *section, done + 1, total);
        if let Err(error) = new_session.run(*section, progress) {
            let _ = base_session.fail("the other side", Error::Interrupted);
            return Err(new_session.fail(&in_words(*section), error));
        }
    }
    Ok((base_session.finish()?, new_session.finish()?))
}
