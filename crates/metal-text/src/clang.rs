//! Metal's language, type-checked by clang.
//!
//! Apple's compiler is a clang, and Metal's language is C++14 with spaces of memory and a library. Clang has spaces, too, and
//! `shim/` declares as much of the library as naga's texts of our kernels use. So what has a wrong type is found on Linux: an
//! overload that Metal does not have, a reference into the wrong space, a store to what is read-only, lanes that do not
//! fit. What comes after the types, Apple's optimiser and code generator, is not checked by anything here.

use std::{
    collections::HashSet,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Output, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        Mutex, PoisonError,
    },
    thread,
};

/// The compiler, from Debian's and Ubuntu's package of this name.
const CLANG: &str = "clang-19";

/// Texts that one call of the compiler takes: starting it takes as long as a few of them.
const BATCH: usize = 32;

/// A text in Metal's language.
pub struct Msl {
    /// What it is called in messages.
    pub label: String,
    /// The text.
    pub text: String,
}

/// Type-checks texts, on all processors. What is wrong with each that is refused; the error is that there is no compiler.
pub fn check_types(texts: &[Msl]) -> Result<Vec<String>, String> {
    if let Err(error) = Command::new(CLANG).arg("--version").output() {
        return Err(format!(
            "NOT CHECKED: whether {} texts in Metal's language have the right types, as {CLANG} does not run ({error}). \
             `apt-get install {CLANG}` brings it to Debian and Ubuntu",
            texts.len()
        ));
    }
    let refused = Mutex::new(vec![]);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(batch) = texts.chunks(BATCH).nth(next.fetch_add(1, Relaxed)) {
            let found = check_batch(batch);
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
fn check_batch(batch: &[Msl]) -> Vec<String> {
    let mut source = String::from("#include <metal_stdlib>\n#include <simd/simd.h>\n");
    for (i, msl) in batch.iter().enumerate() {
        let _ = write!(
            source,
            "namespace text_{i} {{\n{}}}\n",
            for_clang(&msl.text)
        );
    }
    if compile(&source).status.success() {
        return vec![];
    }
    let alone = |msl: &Msl| {
        let output = compile(&for_clang(&msl.text));
        let messages = String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| format!("{}:\n{messages}", msl.label))
    };
    batch.iter().filter_map(alone).collect()
}

fn compile(source: &str) -> Output {
    let shim = concat!("-I", env!("CARGO_MANIFEST_DIR"), "/shim");
    let mut clang = Command::new(CLANG)
        .args([
            "-x",
            "c++",
            "-std=c++14",
            "-fsyntax-only",
            "-ffreestanding",
            "-nostdinc",
            shim,
        ])
        // Vectors of the same size are not each other's type, as they are in clang.
        .args(["-fno-lax-vector-conversions", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the compiler has run before");
    // Closed at the end of the statement. A compiler that ends early says why.
    let _ = clang
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(source.as_bytes()));
    clang.wait_with_output().expect("the compiler's messages")
}

/// The text with two things in clang's way: another name of a vector type constructs vectors, too, and structs are copied
/// from and to spaces by functions.
fn for_clang(text: &str) -> String {
    let mut source = String::with_capacity(text.len() + text.len() / 8);
    let (mut structs, mut variables) = (HashSet::new(), HashSet::new());
    let mut aliases = vec![];
    for line in text.lines() {
        let statement = line.trim_start().strip_suffix(';').unwrap_or("");
        let assigned = statement.split_once(" = ");
        match assigned.map(|(left, value)| (left.split_once(' '), left, value)) {
            Some((Some((ty, name)), _, value)) if structs.contains(ty) && value != "{}" => {
                variables.insert(name);
                let _ = writeln!(source, "{ty} {name} = metal::shim_copy({value});");
            }
            Some((_, place, value)) if variables.contains(value) => {
                let _ = writeln!(source, "metal::shim_store({place}, {value});");
            }
            _ => {
                let _ = writeln!(source, "{line}");
            }
        }
        if let Some(name) = line.strip_prefix("struct ") {
            structs.insert(name.trim_end_matches(" {"));
        } else if line == "}" {
            variables.clear();
        } else if let Some((vector, alias)) = vector_alias(statement) {
            let _ = writeln!(source, "#define {alias}(...) {vector}(__VA_ARGS__)");
            aliases.push(alias);
        }
    }
    for alias in aliases {
        let _ = writeln!(source, "#undef {alias}");
    }
    source
}

/// The vector type and its other name, of `typedef metal::uint4 Value`.
fn vector_alias(statement: &str) -> Option<(&str, &str)> {
    let (ty, alias) = statement.strip_prefix("typedef ")?.split_once(' ')?;
    let is_vector = ty.starts_with("metal::") && ty.ends_with(['2', '3', '4']);
    (is_vector && !alias.contains('[')).then_some((ty, alias))
}
