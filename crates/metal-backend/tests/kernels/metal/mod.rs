//! What can be said without a Mac of every kernel's text on Metal: see the crate `openvm-metal-text`.

mod lints;
mod translation;
#[cfg(target_os = "linux")]
mod type_check;

use openvm_metal_backend::internals::{gpu::Multiply, kernels::texts};
use openvm_metal_text::Text;

/// Every kernel, in both forms of the multiplication.
fn kernels() -> impl Iterator<Item = Text> {
    let of = |multiply| {
        texts(multiply)
            .into_iter()
            .map(move |text| (multiply, text))
    };
    let all = [Multiply::U64, Multiply::U32].into_iter().flat_map(of);
    all.map(|(multiply, text)| {
        let label = format!("{} ({multiply:?})", text.label);
        Text::parse(&label, &text.source).unwrap_or_else(|reason| panic!("{reason}"))
    })
}
