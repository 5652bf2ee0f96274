//! Every kernel's text in Metal's language has the right types. On macOS Apple's compiler says so.

use std::{collections::HashSet, time::Instant};

use openvm_metal_text::{
    clang::{check_types, LANGUAGES},
    Msl, RuntimeChecks, LANGUAGE_VERSIONS,
};

use super::kernels;

#[test]
fn every_kernel_has_the_right_types() {
    let start = Instant::now();
    let (mut texts, mut seen, mut n) = (vec![], HashSet::new(), 0);
    for kernel in kernels() {
        for version in LANGUAGE_VERSIONS {
            for checks in [RuntimeChecks::Off, RuntimeChecks::On] {
                let text = kernel.to_msl(version, checks);
                let text = text.unwrap_or_else(|reason| panic!("{reason}"));
                // The first line names the version; for the rest naga takes account of it in few places.
                let (_, code) = text.split_once('\n').expect("lines");
                n += 1;
                if seen.insert(code.to_owned()) {
                    let label = format!("{}, runtime checks {checks:?}", kernel.label);
                    texts.push(Msl { label, text });
                }
            }
        }
    }
    for language in LANGUAGES {
        let refused = check_types(&texts, language).unwrap_or_else(|reason| panic!("{reason}"));
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        let (distinct, seconds) = (texts.len(), start.elapsed().as_secs_f32());
        println!("{distinct} distinct texts of {n} checked as {language:?} after {seconds:.0} s");
    }
}
