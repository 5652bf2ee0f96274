//! Every kernel keeps the rules that follow from Metal's faults and limits.

use openvm_metal_text::lints::LINTS;

use super::kernels;

#[test]
fn every_kernel_passes_all_lints() {
    let check = |kernel| LINTS.iter().filter_map(move |lint| lint.check(&kernel));
    let refused: Vec<String> = kernels().flat_map(check).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}
