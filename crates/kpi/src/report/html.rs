//! x
/// x
pub fn page(_latest: &[&crate::record::Capture], _history: &[crate::record::Capture]) -> String { String::new() }
