//! `round0_*.wgsl`: from the sums over the hypercube to the first round polynomial, and what later
//! kernels need of its challenge.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{kernel, row},
    kernels::field,
};

row! {
    /// Which results of `Round0Sums` belong to a term of the round polynomial.
    pub struct TermResults as "TermResults" {
        /// The first one.
        first,
        /// How many.
        n_results,
        /// Which of their two values: 0 for A, 1 for B.
        part,
    }
}

kernel! {
    /// Adds up the values of the round polynomial's terms on the skip domain.
    pub struct Round0Values("stacked_reduction round0_values");
    text(multiply) = [field::source(multiply), include_str!("round0_values.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings Round0ValuesBindings {
        /// As `Round0Sums` leaves them.
        results: Read<EF>,
        /// The terms.
        terms: Read<TermResults>,
        /// The terms' values, one term after the other.
        values: Write<EF>,
    }
    params Round0Params {
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of terms.
        n_terms,
        /// Inverse of the skip domain's size, as a word in Montgomery form.
        inverse_size,
        /// Place of lambda on the tape, in vectors of four words.
        lambda_place,
        /// Place of the coefficients, likewise.
        s_0_place,
        /// Place of u_0, likewise.
        u_0_place,
    }
    grid(params) = {
        let [workgroup_size, ..] = Round0Values::WORKGROUP_SIZE;
        [(1u32 << params.log_skip).div_ceil(workgroup_size), params.n_terms, 1]
    };
}

kernel! {
    /// Turns the terms' values and kernels into coefficients.
    pub struct Round0Coefficients("stacked_reduction round0_coefficients");
    text(multiply) = [field::source(multiply), include_str!("round0_coefficients.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings Round0CoefficientsBindings {
        /// As `Round0Values` leaves them.
        values: Read<EF>,
        /// Coefficients of the terms' kernels: those without lambda, then those of lambda.
        kernels: Read<EF>,
        /// `omega^(-i)` for the generator `omega` of the skip domain.
        roots: Read<F>,
        /// The transcript's tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The coefficients of each term's two factors, in turns.
        factors: Write<EF>,
    }
    params Round0Params;
    grid(params) = threads(u64::from(params.n_terms) << params.log_skip);
}

kernel! {
    /// Writes the round polynomial's coefficients to the tape.
    pub struct Round0Polynomial("stacked_reduction round0_polynomial");
    text(multiply) = [field::source(multiply), include_str!("round0_polynomial.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings Round0PolynomialBindings {
        /// As `Round0Coefficients` leaves them.
        factors: Read<EF>,
        /// The transcript's tape.
        tape: Write<F> as "array<vec4<u32>>",
    }
    params Round0Params;
    grid(params) = threads(2u64 << params.log_skip);
}

kernel! {
    /// Evaluates what later kernels need of the challenge.
    pub struct Round0Scalars("stacked_reduction round0_scalars");
    text(multiply) = [field::source(multiply), include_str!("round0_scalars.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings Round0ScalarsBindings {
        /// As `Round0Coefficients` leaves them.
        factors: Read<EF>,
        /// `omega^(-i)` for the generator `omega` of the skip domain.
        roots: Read<F>,
        /// The transcript's tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// `L_z(u_0)` for the skip domain's elements, then the terms' kernels at `u_0`.
        scalars: Write<EF>,
    }
    params Round0Params;
    grid(params) = threads((1u64 << params.log_skip) + u64::from(params.n_terms));
}
