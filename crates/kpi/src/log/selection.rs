//! Which spans of a log are wanted.

use std::collections::BTreeSet;

/// Which spans to keep. Names are matched whole: `logup_gkr` is not `logup_gkr.input_evals`. In a file of
/// metrics a name may ask for labels: `prove{group=leaf,idx=0}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every span there is.
    All,
    /// These and no others.
    Only(BTreeSet<String>),
}

/// A wanted name, and the labels that it asks for.
#[derive(Debug)]
pub(super) struct Selector<'s> {
    pub text: &'s str,
    name: &'s str,
    labels: Vec<(&'s str, &'s str)>,
}

impl Selection {
    /// Whether a span of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Only(names) => names.contains(name),
        }
    }

    /// What is asked for; `None` is everything.
    pub(super) fn selectors(&self) -> Option<Vec<Selector<'_>>> {
        match self {
            Selection::All => None,
            Selection::Only(names) => Some(names.iter().map(|name| Selector::new(name)).collect()),
        }
    }
}

impl<'s> Selector<'s> {
    fn new(text: &'s str) -> Self {
        let parts = text.strip_suffix('}').and_then(|text| text.split_once('{'));
        let (name, labels) = parts.unwrap_or((text, ""));
        Selector {
            text,
            name,
            labels: labels
                .split(',')
                .filter_map(|label| label.split_once('='))
                .map(|(key, value)| (key.trim(), value.trim()))
                .collect(),
        }
    }

    /// Whether something of this name, with these labels and maybe more, is asked for.
    pub(super) fn matches<'v>(&self, name: &str, label: impl Fn(&str) -> Option<&'v str>) -> bool {
        let has = |(key, value): &(&str, &str)| label(key) == Some(value);
        self.name == name && self.labels.iter().all(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_asked_for_must_be_there() {
        let label = |key: &str| match key {
            "group" => Some("leaf"),
            "idx" => Some("0"),
            _ => None,
        };
        for (text, is_match) in [
            ("prove", true),
            ("prove{group=leaf}", true),
            ("prove{group=leaf, idx=0}", true),
            ("prove{group=leaf,idx=1}", false),
            ("prove{segment=0}", false),
            ("pro", false),
        ] {
            assert_eq!(
                Selector::new(text).matches("prove", label),
                is_match,
                "{text}"
            );
        }
    }
}
