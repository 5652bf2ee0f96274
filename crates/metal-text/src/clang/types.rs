//! Which types are wrong: an overload that Metal does not have, a reference into the wrong space, a store to what is
//! read-only, lanes that do not fit.

use std::{
    fmt::Write as _,
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        Mutex, PoisonError,
    },
    thread,
};

use super::{compile, for_clang, version};
use crate::Msl;

/// Texts that one call of the compiler takes: starting it takes as long as a few of them.
const BATCH: usize = 32;

/// What a text is compiled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Metal's language without its spaces, which are clang's own for pointers and references alone.
    Cpp14,
    /// The strictest of spaces: each variable is in one. Its C++ is later than Metal's.
    CppForOpenCl,
}

/// All of them.
pub const LANGUAGES: [Language; 2] = [Language::Cpp14, Language::CppForOpenCl];

impl Language {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Cpp14 => &["-fsyntax-only", "-x", "c++", "-std=c++14"],
            Self::CppForOpenCl => &[
                "-fsyntax-only",
                "-x",
                "clcpp",
                "-cl-std=clc++2021",
                "-cl-no-stdinc",
                // A pointer has 64 bits, as on Metal.
                "--target=spir64",
            ],
        }
    }
}

/// Type-checks texts, on all processors. What is wrong with each that is refused; the error is that there is no compiler.
pub fn check_types(texts: &[Msl], language: Language) -> Result<Vec<String>, String> {
    version(&format!(
        "whether {} texts in Metal's language have the right types",
        texts.len()
    ))?;
    let refused = Mutex::new(vec![]);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(batch) = texts.chunks(BATCH).nth(next.fetch_add(1, Relaxed)) {
            let found = check_batch(batch, language);
            let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.extend(found);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    Ok(refused.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// All at once; if there is something wrong, each alone, to say which it is.
fn check_batch(batch: &[Msl], language: Language) -> Vec<String> {
    let mut source = String::from("#include <metal_stdlib>\n#include <simd/simd.h>\n");
    for (i, msl) in batch.iter().enumerate() {
        let _ = write!(
            source,
            "namespace text_{i} {{\n{}}}\n",
            for_clang(&msl.text)
        );
    }
    if compile(language.arguments(), &source).status.success() {
        return vec![];
    }
    let alone = |msl: &Msl| {
        let output = compile(language.arguments(), &for_clang(&msl.text));
        let messages = String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| format!("{} ({language:?}):\n{messages}", msl.label))
    };
    batch.iter().filter_map(alone).collect()
}
