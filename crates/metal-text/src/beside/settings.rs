//! What the environment asks for.

use std::env;

use crate::execution::Conduct;

/// Who runs a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The adapter and Metal's text, and their bytes are compared.
    Compare,
    /// Metal's text.
    Instead,
}

/// How dispatches are run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub mode: Mode,
    pub conduct: Conduct,
    pub seed: u64,
}

const MODE: &str = "OPENVM_METAL_TEXT";
const HOSTILE: &str = "OPENVM_METAL_TEXT_HOSTILE";
const SEED: &str = "OPENVM_METAL_TEXT_SEED";

impl Settings {
    /// `None` if nothing is asked for.
    pub fn from_env() -> Result<Option<Self>, String> {
        let value = |name| env::var(name).unwrap_or_default();
        let bad = |name, expected| Err(format!("{name} is {:?}, not {expected}", value(name)));
        let mode = match value(MODE).as_str() {
            "" => return Ok(None),
            "compare" => Mode::Compare,
            "instead" => Mode::Instead,
            _ => return bad(MODE, "compare or instead"),
        };
        let conduct = match value(HOSTILE).as_str() {
            "" | "0" => Conduct::Plain,
            "1" => Conduct::Hostile,
            _ => return bad(HOSTILE, "0 or 1"),
        };
        let seed = match (value(SEED).as_str(), value(SEED).parse()) {
            ("", _) => 0,
            (_, Ok(seed)) => seed,
            _ => return bad(SEED, "a number"),
        };
        Ok(Some(Self {
            mode,
            conduct,
            seed,
        }))
    }
}
