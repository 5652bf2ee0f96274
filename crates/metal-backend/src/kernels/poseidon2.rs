//! Round constants of Poseidon2 as WGSL text, for the two forms of the permutation.

use p3_baby_bear::{
    BabyBear, BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};
use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, PrimeField32};

use crate::gpu::Multiply;

/// Words that the sponge absorbs before each permutation.
pub const RATE: usize = 8;
const WIDTH: usize = 16;
const EXTERNAL_ROUNDS: usize = 4;

/// Constants for `poseidon2_u32.wgsl`: the round constants in Montgomery form.
pub fn constants_u32() -> String {
    let external = BABYBEAR_RC16_EXTERNAL_INITIAL
        .iter()
        .chain(&BABYBEAR_RC16_EXTERNAL_FINAL)
        .map(|row| row.map(montgomery));
    let internal = BABYBEAR_RC16_INTERNAL.map(|x| format!("{:#x}u", montgomery(x).as_canonical_u32()));
    format!(
        "{}const POSEIDON2_INTERNAL = array<u32, 13>({});\n",
        vec4_array("POSEIDON2_EXTERNAL", external.collect()),
        internal.join(", "),
    )
}

/// Constants for `poseidon2_u64.wgsl`.
///
/// A stored word is `c * s`, where `s` is the Montgomery form of the state's element and `c` the factor that the
/// state carries at that point. With reduction dividing by `R`:
/// - an external layer turns `c` into `c / R`; what it adds is multiplied by `c` first;
/// - the S-box turns `c` into `c^7`;
/// - an internal round turns `c` into `g * c`. Its S-box is brought back from `c^7` to `c` by the round's first constant,
///   `R / c^6`; the sum, which is reduced twice, is multiplied by `g * R^3`, and the diagonal by `g * R`.
///
/// The start is `c = 1`; at the end `c = 1` asks for one `c` after the internal rounds, which fixes `g`. Both roots
/// taken on the way exist because 7 and 13 do not divide `P - 1`.
///
/// The first final round's constants would have to be added after the internal rounds. They are added before
/// them, as the vector `offset` which the internal rounds turn into these constants; what `offset` contributes to
/// the first element in between is taken off that element's round constants.
pub fn constants_u64() -> String {
    let r = BabyBear::from_u64(1 << 32);
    let diagonal = diagonal();

    let (offset, internal_constants) = offset_before_internal_rounds(&diagonal);

    let mut layers = Vec::new();
    let mut c = BabyBear::ONE;
    for row in BABYBEAR_RC16_EXTERNAL_INITIAL {
        layers.push(row.map(|x| montgomery(x) * c));
        c = (c / r).exp_u64(7);
    }
    layers.push(offset.map(|x| montgomery(x) * c));
    c /= r;

    let mut c_end = BabyBear::ONE;
    for _ in 0..EXTERNAL_ROUNDS {
        c_end = root(c_end * r, 7);
    }
    let g = root(c_end / c, 13);
    let internal = internal_constants.map(|x| {
        let pair = [r / c.exp_u64(6), montgomery(x) * r * g * c];
        c *= g;
        format!("vec2<u32>({:#x}u, {:#x}u)", pair[0].as_canonical_u32(), pair[1].as_canonical_u32())
    });
    assert_eq!(c, c_end);

    c = c.exp_u64(7);
    for row in &BABYBEAR_RC16_EXTERNAL_FINAL[1..] {
        layers.push(row.map(|x| montgomery(x) * c));
        c = (c / r).exp_u64(7);
    }
    layers.push([BabyBear::ZERO; WIDTH]);
    assert_eq!(c, r);

    format!(
        "{}{}const POSEIDON2_INTERNAL = array<vec2<u32>, 13>({});\nconst POSEIDON2_SUM_FACTOR: u32 = {:#x}u;\n",
        vec4_array("POSEIDON2_EXTERNAL", layers),
        vec4_array("POSEIDON2_DIAGONAL", vec![diagonal.map(|d| d * g * r)]),
        internal.join(", "),
        (g * r.exp_u64(3)).as_canonical_u32(),
    )
}

/// The diagonal `D` of the internal matrix `1 + D`.
fn diagonal() -> [BabyBear; WIDTH] {
    let small = BabyBear::from_i32;
    let inverse = |k| BabyBear::TWO.inverse().exp_u64(k);
    [
        small(-2), small(1), small(2), inverse(1), small(3), small(4), -inverse(1), small(-3), small(-4),
        inverse(8), inverse(2), inverse(3), inverse(27), -inverse(8), -inverse(4), -inverse(27),
    ]
}

/// The vector to add before the internal rounds so that the first final round's constants have been added after
/// them, and the constants to add to the first element after each internal round's matrix.
fn offset_before_internal_rounds(diagonal: &[BabyBear; WIDTH]) -> ([BabyBear; WIDTH], [BabyBear; 13]) {
    let mut offset = BABYBEAR_RC16_EXTERNAL_FINAL[0];
    let mut constants = [BabyBear::ZERO; 13];
    let inverse_sum: BabyBear = diagonal[1..].iter().map(|d| d.inverse()).sum();
    for round in (0..13).rev() {
        // Forward, with e the offset before the round and s the sum of e[1..]: offset[i] = d[i] e[i] + s.
        let weighted: BabyBear = (1..WIDTH).map(|i| offset[i] / diagonal[i]).sum();
        let sum = weighted / (BabyBear::ONE + inverse_sum);
        constants[round] = offset[0] - sum;
        for i in 1..WIDTH {
            offset[i] = (offset[i] - sum) / diagonal[i];
        }
        offset[0] = BABYBEAR_RC16_INTERNAL[round];
    }
    (offset, constants)
}

/// The field element whose canonical value is the Montgomery form of `x`.
fn montgomery(x: BabyBear) -> BabyBear {
    x * BabyBear::from_u64(1 << 32)
}

/// The only `n`-th root of `x`, for `n` coprime to `P - 1`.
fn root(x: BabyBear, n: u64) -> BabyBear {
    let order = u64::from(BabyBear::ORDER_U32) - 1;
    let inverse = (1..n).map(|k| k * order + 1).find(|m| m % n == 0).expect("n is coprime to P - 1") / n;
    x.exp_u64(inverse)
}

fn vec4_array(name: &str, rows: Vec<[BabyBear; WIDTH]>) -> String {
    let vectors: Vec<_> = rows
        .as_flattened()
        .chunks(4)
        .map(|v| {
            let words: Vec<_> = v.iter().map(|x| format!("{:#x}u", x.as_canonical_u32())).collect();
            format!("    vec4<u32>({}),\n", words.join(", "))
        })
        .collect();
    format!("const {name} = array<vec4<u32>, {}>(\n{});\n", vectors.len(), vectors.concat())
}

/// The permutation in the given form, with its constants; the field's text comes before it.
pub fn source(multiply: Multiply) -> String {
    match multiply {
        Multiply::U64 => constants_u64() + include_str!("poseidon2_u64.wgsl"),
        Multiply::U32 => constants_u32() + include_str!("poseidon2_u32.wgsl"),
    }
}
