//! Clang refuses each text in `msl/refused`, for the reason that is its first line, and accepts those in `msl/accepted`.
//!
//! That of our kernels is in `metal-backend`'s tests. On macOS Apple's compiler has them all.
#![cfg(target_os = "linux")]

use std::{fs, path::Path};

use openvm_metal_text::{
    clang::{check_types, LANGUAGES},
    Msl,
};

fn texts(folder: &str) -> Vec<Msl> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/msl")
        .join(folder);
    let files = fs::read_dir(&folder).expect("the folder is there");
    let read = |file: std::io::Result<fs::DirEntry>| {
        let path = file.expect("a file").path();
        Msl {
            label: path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            text: fs::read_to_string(&path).expect("text"),
        }
    };
    files.map(read).collect()
}

#[test]
fn refuses_what_metal_does_not_have() {
    let texts = texts("refused");
    for language in LANGUAGES {
        let messages = check_types(&texts, language).unwrap_or_else(|reason| panic!("{reason}"));
        for Msl { label, text } in &texts {
            let message = messages.iter().find(|message| message.starts_with(label));
            let message = message.unwrap_or_else(|| panic!("{label} was accepted as {language:?}"));
            let reason = text
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("// refused: "));
            let reason = reason.expect("the first line says why");
            assert!(message.contains(reason), "not {reason:?}: {message}");
            assert_eq!(message.matches(" error: ").count(), 1, "{message}");
        }
        assert_eq!(messages.len(), texts.len());
    }
}

#[test]
fn accepts_what_is_close() {
    for language in LANGUAGES {
        let refused = check_types(&texts("accepted"), language);
        assert_eq!(refused, Ok(vec![]));
    }
}
