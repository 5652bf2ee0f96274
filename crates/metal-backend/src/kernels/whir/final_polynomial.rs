//! `final_polynomial.wgsl`: a polynomial to the tape.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::kernel;

kernel! {
    /// Copies a polynomial over the extension to the tape.
    pub struct FinalPolynomial("whir final_polynomial");
    text(_multiply) = [include_str!("final_polynomial.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings FinalPolynomialBindings {
        /// The coefficients, as four base columns.
        f: Read<F>,
        /// The tape.
        tape: Write<F>,
    }
    params FinalPolynomialParams {
        /// Number of coefficients.
        len,
        /// Their place on the tape.
        place,
    }
    grid(params) = threads(4 * params.len);
}
