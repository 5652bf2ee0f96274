//! Each lint refuses its texts in `refused`, whose names begin with its name, and no other; all pass those in `accepted`.

use std::{collections::HashSet, fs, path::Path};

use openvm_metal_text::{lints::LINTS, Text};

/// Name and text of each file of a folder.
fn texts(folder: &str) -> Vec<(String, Text)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let files = fs::read_dir(&folder).expect("the folder is there");
    let read = |file: std::io::Result<fs::DirEntry>| {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let source = fs::read_to_string(&path).expect("text");
        let text = Text::parse(&name, &source).unwrap_or_else(|reason| panic!("{reason}"));
        (name.into_owned(), text)
    };
    files.map(read).collect()
}

#[test]
fn each_lint_refuses_its_texts_alone() {
    let mut without_text: HashSet<&str> = LINTS.iter().map(|lint| lint.name).collect();
    for (file, text) in texts("refused") {
        let expected = file.split('.').next().expect("a name");
        let refused: Vec<_> = LINTS.iter().filter_map(|lint| lint.check(&text)).collect();
        let by: Vec<_> = LINTS
            .iter()
            .filter(|lint| lint.check(&text).is_some())
            .collect();
        let by: Vec<&str> = by.into_iter().map(|lint| lint.name).collect();
        assert_eq!(by, [expected], "{file}: {refused:?}");
        without_text.remove(expected);
    }
    assert!(without_text.is_empty(), "not tested: {without_text:?}");
}

#[test]
fn all_lints_pass_what_is_close() {
    for (_, text) in texts("accepted") {
        for lint in &LINTS {
            assert_eq!(lint.check(&text), None);
        }
    }
}

#[test]
fn a_message_says_what_where_why_and_what_instead() {
    let (_, text) = texts("refused")
        .into_iter()
        .find(|(name, _)| name == "shifted-remainder.division.wgsl")
        .expect("the text");
    let message = LINTS.iter().find_map(|lint| lint.check(&text));
    let message = message.expect("a message");
    for part in [
        "shifted-remainder.division.wgsl: a remainder",
        "line 6: result[id.x] = (id.x / 65536u) % 6u;",
        "why: Apple's compiler",
        "see: https://github.com/pytorch/pytorch/pull/175481",
        "instead: `let quotient",
    ] {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
}
