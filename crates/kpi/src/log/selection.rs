//! Which spans of a log are wanted.

use std::collections::BTreeSet;

/// Which spans to keep. Names are matched whole: `logup_gkr` is not `logup_gkr.input_evals`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every span there is.
    All,
    /// These and no others.
    Only(BTreeSet<String>),
}

impl Selection {
    /// Whether a span of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Only(names) => names.contains(name),
        }
    }
}
