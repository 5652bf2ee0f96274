//! The marked section of a document.

use crate::error::Error;
use crate::storage;
use std::path::Path;

const BEGIN: &str = "<!-- kpi:begin -->";
const END: &str = "<!-- kpi:end -->";

/// Puts `table` between a document's markers and leaves every other byte as it is.
pub fn update(path: &Path, table: &str) -> Result<(), Error> {
    let document = std::fs::read_to_string(path).map_err(|e| Error::read_file(path, e))?;
    let updated = replaced(&document, table).map_err(|reason| Error::NoSection {
        path: path.to_owned(),
        reason,
    })?;
    storage::write_whole(path, updated.as_bytes())
}

fn replaced(document: &str, table: &str) -> Result<String, &'static str> {
    let (before, rest) = document
        .split_once(BEGIN)
        .ok_or("there is no `<!-- kpi:begin -->`")?;
    let (section, after) = rest
        .split_once(END)
        .ok_or("there is no `<!-- kpi:end -->` after `<!-- kpi:begin -->`")?;
    if section.contains(BEGIN) || after.contains(BEGIN) {
        return Err("there is more than one marked section");
    }
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_section_changes() {
        let document = "a\r\n<!-- kpi:begin -->\nold\n<!-- kpi:end --> b";
        assert_eq!(
            replaced(document, "new\n").as_deref(),
            Ok("a\r\n<!-- kpi:begin -->\nnew\n<!-- kpi:end --> b")
        );
    }

    #[test]
    fn anything_but_one_section_is_refused() {
        for document in [
            "",
            "<!-- kpi:begin -->",
            "<!-- kpi:end --><!-- kpi:begin -->",
            "<!-- kpi:begin --><!-- kpi:end --><!-- kpi:begin --><!-- kpi:end -->",
        ] {
            assert!(replaced(document, "new\n").is_err(), "{document}");
        }
    }
}
