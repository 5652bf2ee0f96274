//! The log's own lines: its header, and the marker before each run.

/// What stands at the top of a log, before the first marker. All of it may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The benchmark that was captured.
    pub bench: Option<String>,
    /// The name that the capture was given.
    pub label: Option<String>,
    /// When the capture began, in UTC as `2026-02-20T20:46:15Z`.
    pub timestamp: Option<String>,
    /// The command of every run.
    pub command: Option<String>,
    /// How many measured runs were meant to follow; such a log ends in an end marker.
    pub measured_runs: Option<u32>,
    /// Whether as many runs were meant to follow as it takes; such a log ends in an end marker, too.
    pub is_open_ended: bool,
}

/// What a marker announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// A run whose values are not used.
    Warmup,
    /// The measured run with this number, from 1.
    Measured(u32),
    /// The measured run before is not used; the next one has its number.
    Discarded,
    /// Nothing more: the log is whole.
    End,
}

const TITLE: &str = "baseline capture: ";
const OPEN_ENDED: &str = "until decided";
const FENCE: &str = "=====";

impl Header {
    /// Takes what a header line says; other lines are passed over.
    pub(super) fn read_line(&mut self, line: &str) {
        let Some(said) = line.strip_prefix("# ") else {
            return;
        };
        if let Some((label, bench)) = said.split_once(TITLE) {
            self.bench = Some(bench.trim().to_owned());
            self.label = Some(label.trim().to_owned()).filter(|label| !label.is_empty());
        } else if let Some(timestamp) = said.strip_prefix("Timestamp: ") {
            self.timestamp = Some(timestamp.trim().to_owned());
        } else if let Some(command) = said.strip_prefix("Command: ") {
            self.command = Some(command.trim().to_owned());
        } else if let Some(runs) = said.strip_prefix("Measured runs: ") {
            self.measured_runs = runs.trim().parse().ok();
            self.is_open_ended = runs.trim() == OPEN_ENDED;
        }
    }

    /// The header as it stands in the log.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                // A header line is one line, whatever the command looks like.
                text.push_str(&format!("# {name}{}\n", value.replace('\n', "\\n")));
            }
        };
        let title = match &self.label {
            Some(label) => format!("{label} {TITLE}"),
            None => TITLE.to_owned(),
        };
        line(&title, &self.bench);
        line("Timestamp: ", &self.timestamp);
        line("Command: ", &self.command);
        let open_ended = self.is_open_ended.then(|| OPEN_ENDED.to_owned());
        line(
            "Measured runs: ",
            &self.measured_runs.map(|n| n.to_string()).or(open_ended),
        );
        text
    }
}

impl Section {
    /// The marker that a line is, if it is one.
    pub(super) fn from_line(line: &[u8]) -> Option<Section> {
        let line = std::str::from_utf8(line).ok()?;
        let name = line.strip_prefix(FENCE)?.trim_end().strip_suffix(FENCE)?;
        match name.trim() {
            "warmup" => Some(Section::Warmup),
            "end" => Some(Section::End),
            "discarded" => Some(Section::Discarded),
            name => Some(Section::Measured(
                name.strip_prefix("measured run ")?.parse().ok()?,
            )),
        }
    }

    /// The marker as it stands in the log, without its line feed.
    pub fn to_line(self) -> String {
        let name = match self {
            Section::Warmup => "warmup".to_owned(),
            Section::Measured(number) => format!("measured run {number}"),
            Section::Discarded => "discarded".to_owned(),
            Section::End => "end".to_owned(),
        };
        format!("{FENCE} {name} {FENCE}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_read_back_as_they_are_written() {
        for section in [
            Section::Warmup,
            Section::Measured(12),
            Section::Discarded,
            Section::End,
        ] {
            assert_eq!(
                Section::from_line(section.to_line().as_bytes()),
                Some(section)
            );
        }
        for line in [
            "===== =====",
            "===== measured run x =====",
            " ===== end =====",
        ] {
            assert_eq!(Section::from_line(line.as_bytes()), None, "{line}");
        }
    }
}
