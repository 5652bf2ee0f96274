//! Clang refuses each text in `msl/refused`, for the reason that is its first line, and accepts those in `msl/accepted`.
//!
//! That of our kernels is in `metal-backend`'s tests. On macOS Apple's compiler has them all.
#![cfg(target_os = "linux")]

use std::{fs, path::Path};

use openvm_metal_text::clang::{check_types, Msl};

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

fn refused(texts: &[Msl]) -> Vec<String> {
    check_types(texts).unwrap_or_else(|reason| panic!("{reason}"))
}

#[test]
fn refuses_what_metal_does_not_have() {
    let texts = texts("refused");
    let messages = refused(&texts);
    for Msl { label, text } in &texts {
        let message = messages.iter().find(|message| message.starts_with(label));
        let message = message.unwrap_or_else(|| panic!("{label} was accepted"));
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

#[test]
fn accepts_what_is_close() {
    assert_eq!(refused(&texts("accepted")), Vec::<String>::new());
}
