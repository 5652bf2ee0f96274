//! The text of a Stockham pass: constants, `ntt.wgsl`, and an entry point of straight-line code.
//!
//! One step: a thread computes a transform of radix up to 16 in registers. Two steps: radix `R = 16 * R2` with input
//! index `r = a * R2 + b` and result index `k = k1 + 16 * k2`,
//!
//! ```text
//! t[k1, b] = w_R^(k1*b) * sum_a u[a*R2 + b] * w_16^(a*k1)     one b a thread
//! U[k1 + 16*k2] = sum_b t[k1, b] * w_R2^(b*k2)                16/R2 of the k1 a thread
//! ```
//!
//! with `t` exchanged through workgroup memory. Factors that a DFT of the registers needs are constants in the text,
//! `w_R^(k1*b)` are read from the table, and those between passes are `w^(kk*b) * (w^(kk*R2))^a`, two look-ups and 15
//! products, made once for all columns that the workgroup takes.

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use p3_baby_bear::BabyBear;

use super::plan::{fixed_factor, NttPass, LOG_STEP, MAX_LOG_RADIX};

const STEP: usize = 1 << LOG_STEP;
const N_THREADS: usize = super::N_THREADS as usize;

/// The entry point and what stands before it, without a field text.
pub(super) fn pass_text(pass: &NttPass) -> String {
    let element = if pass.log_skip() > 0 {
        "vec4<u32>"
    } else {
        "u32"
    };
    let mut code = Code::default();
    code.line(&format!("// {pass:?}"));
    code.line(&format!("alias InputElement = {element};"));
    code.line(&format!("const LOG_RADIX: u32 = {}u;", pass.log_radix));
    code.line("// Binary logarithm of the transforms of a tile");
    code.line(&format!("const LOG_LANES: u32 = {}u;", pass.log_lanes()));
    code.line("");
    code.text += include_str!("ntt.wgsl");
    code.line("");
    code.line("@compute @workgroup_size(N_THREADS)");
    code.open("fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32)");
    if pass.has_two_steps() {
        write_two_steps(&mut code, pass);
    } else {
        write_one_step(&mut code, pass);
    }
    code.close();
    code.text
}

fn write_one_step(code: &mut Code, pass: &NttPass) {
    code.line("let own = transform_at(group.x, group.y, thread);");
    code.line("let source = input_position(own);");
    let mut values = read_input(
        code,
        pass,
        1 << pass.log_radix,
        "own.ix",
        "params.log_transforms",
    );
    if pass.first.is_none() {
        code.line("let step = twiddle(own.done);");
        values[0] = code.canonical(&values[0]);
        let mut factor = String::from("step");
        for value in &mut values[1..] {
            *value = code.mul(value, &factor);
            factor = code.bind(&format!("fp_mul({factor}, step)"));
        }
    }
    let values = dft(code, values, Direction::Forward, !pass.last);
    code.open("if (own.is_active)");
    code.line("let target_ix = output_position(own);");
    for (k, value) in values.iter().enumerate() {
        code.line(&format!(
            "output[target_ix + ({k}u << params.log_done)] = {};",
            value.name()
        ));
    }
    code.close();
}

fn write_two_steps(code: &mut Code, pass: &NttPass) {
    let log_second = pass.log_radix - LOG_STEP;
    code.line("let lane = thread & ((1u << LOG_LANES) - 1u);");
    code.line("let b = thread >> LOG_LANES;");
    if pass.first.is_none() {
        code.line("");
        code.line("// Factors w_{R*p}^(kk*r) between the passes. They depend on no column.");
        code.line("let done = (group.x << LOG_LANES | lane) & ((1u << params.log_done) - 1u);");
        code.line("let factor_0 = twiddle(done * b);");
        code.line(&format!(
            "let factor_step = twiddle(done << {log_second}u);"
        ));
        for a in 1..STEP {
            code.line(&format!(
                "let factor_{a} = fp_mul(factor_{}, factor_step);",
                a - 1
            ));
        }
    }
    code.line("");
    if pass.first.is_none() {
        code.open("for (var round = 0u; round < params.n_rounds; round++)");
        code.line("let column_group = group.y * params.n_rounds + round;");
        code.open("if (column_group * columns_per_group() >= params.n_columns)");
        code.line("break;");
        code.close();
    } else {
        code.line("let column_group = group.y;");
    }

    let mut values = if pass.log_skip() > 0 {
        write_chunks(code, pass);
        read_chunks(code, pass)
    } else {
        code.line("let own = transform_at(group.x, column_group, lane);");
        code.line("let source = input_position(own) + (b << params.log_transforms);");
        let position = "own.ix + (b << params.log_transforms)";
        read_input(
            code,
            pass,
            STEP,
            position,
            &format!("(params.log_transforms + {log_second}u)"),
        )
    };
    if pass.first.is_none() {
        for (a, value) in values.iter_mut().enumerate() {
            *value = code.mul(value, &format!("factor_{a}"));
        }
    }
    let values = dft(code, values, Direction::Forward, true);
    write_exchange(code, pass, &values);
    for part in 0..STEP >> log_second {
        write_second_step(code, pass, part);
    }
    if pass.first.is_none() {
        code.line("// The next round writes to the tile.");
        code.line("workgroupBarrier();");
        code.close();
    }
}

/// Read values `1 << log_distance` apart from `source` on, the first of them at `position` in its column. The padding is
/// not read.
fn read_input(
    code: &mut Code,
    pass: &NttPass,
    n_values: usize,
    position: &str,
    log_distance: &str,
) -> Vec<Value> {
    let log_blowup = pass.first.map_or(0, |first| first.log_blowup);
    let mut values = vec![Value::Zero; n_values];
    if n_values >> log_blowup == 0 {
        // Not even u[0] is given everywhere.
        code.line("var given = 0u;");
        code.open(&format!("if ({position} < params.input_len)"));
        code.line("given = input[source];");
        code.close();
        values[0] = Value::Canonical(String::from("given"));
        return values;
    }
    for (a, value) in values.iter_mut().enumerate().take(n_values >> log_blowup) {
        let name = code.bind(&format!("input[source + ({a}u << {log_distance})]"));
        *value = if pass.first.is_some() {
            Value::Canonical(name)
        } else {
            Value::Lazy(name)
        };
    }
    values
}

/// Load the given part of the tile by 16 consecutive words a thread, apply the map of `eval_to_coeff.wgsl` to the
/// chunks in them, and leave the result in workgroup memory. Word `c` of line `l` (of 16) is at `16 * l + (c ^ s)`
/// with `s = l / 2 mod 16`, so that 32 lanes meet 32 banks here and in [`read_chunks`].
fn write_chunks(code: &mut Code, pass: &NttPass) {
    let first = pass.first.expect("a pass that loads chunks is the first");
    let log_skip = first.log_skip;
    code.line("");
    code.line("// Chunks of evaluations to coefficients and their subset sums, 16 consecutive words a thread");
    code.open(&format!("if (thread < {}u)", N_THREADS >> first.log_blowup));
    code.line("let word = thread << 4u;");
    code.line("let own = transform_at(group.x, column_group, word & ((1u << LOG_LANES) - 1u));");
    code.line("let source = (input_position(own) + ((word >> LOG_LANES) << params.log_transforms)) >> 2u;");
    code.line("let swizzle = (thread >> 1u) & 15u;");
    for quad in 0..4 {
        code.line(&format!("let quad_{quad} = input[source + {quad}u];"));
    }
    let word =
        |c: usize| Value::Canonical(format!("quad_{}.{}", c / 4, ["x", "y", "z", "w"][c % 4]));
    for start in (0..STEP).step_by(1 << log_skip) {
        let evaluations = (start..start + (1 << log_skip)).map(word).collect();
        let coefficients = dft(code, evaluations, Direction::Inverse, false);
        let mut values: Vec<_> = coefficients
            .iter()
            .map(|value| code.bind(&format!("fp_shift_right({}, {log_skip}u)", value.name())))
            .collect();
        for bit in 0..log_skip {
            for m in (0..values.len()).filter(|m| m >> bit & 1 == 1) {
                values[m] = code.bind(&format!("fp_add({}, {})", values[m], values[m ^ 1 << bit]));
            }
        }
        for (m, value) in values.iter().enumerate() {
            code.line(&format!(
                "sh_tile[word + ({}u ^ swizzle)] = {value};",
                start + m
            ));
        }
    }
    code.close();
    code.line("workgroupBarrier();");
}

/// Read what [`write_chunks`] left.
fn read_chunks(code: &mut Code, pass: &NttPass) -> Vec<Value> {
    let log_blowup = pass.first.map_or(0, |first| first.log_blowup);
    let mut values = vec![Value::Zero; STEP];
    for (a, value) in values.iter_mut().enumerate().take(STEP >> log_blowup) {
        let word = code.bind(&format!("thread + {}u", a * N_THREADS));
        *value = Value::Canonical(code.bind(&format!("sh_tile[{word} ^ (({word} >> 5u) & 15u)]")));
    }
    code.line("workgroupBarrier();");
    values
}

/// Scale the results of the first step and leave them in workgroup memory, as `t[k1]`, `t[k1]` by `b`, that by lane.
fn write_exchange(code: &mut Code, pass: &NttPass, values: &[Value]) {
    code.line("");
    code.line("// Times w_R^(k1*b)");
    let log_stride = MAX_LOG_RADIX - pass.log_radix;
    for (k1, value) in values.iter().enumerate() {
        let value = if k1 == 0 {
            code.canonical(value)
        } else {
            let root = code.bind(&format!("twiddles[(b * {k1}u) << {log_stride}u]"));
            code.mul_fixed(value, &format!("{root}.x"), &format!("{root}.y"))
        };
        let swizzle = match bank_swizzle(pass) {
            BankSwizzle::Double => k1 << 1,
            BankSwizzle::HalfOdd => (k1 & 1) << 4,
            BankSwizzle::None => 0,
        };
        code.line(&format!(
            "sh_tile[{}u + (thread ^ {swizzle}u)] = {};",
            k1 * N_THREADS,
            value.name()
        ));
    }
    code.line("workgroupBarrier();");
}

/// How the words of `t[k1]` are permuted, so that 32 lanes meet 32 banks when they read it.
enum BankSwizzle {
    /// 16 lanes differ in k1: `2 * k1`.
    Double,
    /// 16 lanes read consecutive words, the other 16 those of the next k1: 16 where k1 is odd.
    HalfOdd,
    /// 32 lanes read consecutive words.
    None,
}

fn bank_swizzle(pass: &NttPass) -> BankSwizzle {
    match (pass.first.is_some(), pass.log_lanes()) {
        (true, _) => BankSwizzle::Double,
        (false, 4) => BankSwizzle::HalfOdd,
        (false, _) => BankSwizzle::None,
    }
}

/// One of the second DFTs of a thread. Lanes follow the output: in the first pass, where p = 1, the results of one
/// transform are contiguous; later the same result of consecutive transforms is.
fn write_second_step(code: &mut Code, pass: &NttPass, part: usize) {
    let second = 1 << (pass.log_radix - LOG_STEP);
    code.line("");
    code.open("");
    code.line(&format!("let task = thread + {}u;", part * N_THREADS));
    if pass.first.is_some() {
        code.line("let k1 = task & 15u;");
        code.line("let lane = task >> 4u;");
    } else {
        code.line("let k1 = task >> LOG_LANES;");
    }
    let swizzle = match bank_swizzle(pass) {
        BankSwizzle::Double => " ^ (k1 << 1u)",
        BankSwizzle::HalfOdd => " ^ ((k1 & 1u) << 4u)",
        BankSwizzle::None => "",
    };
    let mut values = Vec::new();
    for b in 0..second {
        let word = format!("(({b}u << LOG_LANES | lane){swizzle})");
        values.push(Value::Canonical(
            code.bind(&format!("sh_tile[k1 * N_THREADS + {word}]")),
        ));
    }
    let values = dft(code, values, Direction::Forward, !pass.last);
    code.line("let own = transform_at(group.x, column_group, lane);");
    code.open("if (own.is_active)");
    code.line("let target_ix = output_position(own) + (k1 << params.log_done);");
    for (k2, value) in values.iter().enumerate() {
        code.line(&format!(
            "output[target_ix + ({}u << params.log_done)] = {};",
            STEP * k2,
            value.name()
        ));
    }
    code.close();
    code.close();
}

/// Which DFT.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::kernels) enum Direction {
    Forward,
    /// Without the division by the length.
    Inverse,
}

/// Write a DFT of canonical values in registers, natural order in and out, by decimation in frequency: differences go
/// into a product unreduced. With `is_lazy` the results are not reduced either. Zeros cost nothing.
pub(in crate::kernels) fn dft(
    code: &mut Code,
    values: Vec<Value>,
    direction: Direction,
    is_lazy: bool,
) -> Vec<Value> {
    let half = values.len() / 2;
    if half == 0 {
        return values;
    }
    let root = BabyBear::two_adic_generator(values.len().ilog2() as usize);
    let root = if direction == Direction::Inverse {
        root.inverse()
    } else {
        root
    };
    let is_lazy_here = is_lazy && half == 1;
    let (upper, lower) = values.split_at(half);
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    for (j, factor) in root.powers().take(half).enumerate() {
        let (a, b) = (&upper[j], &lower[j]);
        even.push(code.add(a, b, is_lazy_here));
        odd.push(match j {
            0 => code.sub(a, b, is_lazy_here),
            _ => {
                let difference = code.sub(a, b, true);
                let [w, quotient] = fixed_factor(factor);
                code.mul_fixed(&difference, &format!("{w}u"), &format!("{quotient}u"))
            }
        });
    }
    let even = dft(code, even, direction, is_lazy);
    let odd = dft(code, odd, direction, is_lazy);
    even.into_iter()
        .zip(odd)
        .flat_map(|(even, odd)| [even, odd])
        .collect()
}

/// A value of the straight-line code.
#[derive(Clone)]
pub(in crate::kernels) enum Value {
    /// Known to be zero.
    Zero,
    /// The name of a value in `[0, p)`.
    Canonical(String),
    /// The name of a value in `[0, 2p)`, for products only.
    Lazy(String),
}

impl Value {
    /// What to write where the value is used.
    pub(in crate::kernels) fn name(&self) -> &str {
        match self {
            Self::Zero => "0u",
            Self::Canonical(name) | Self::Lazy(name) => name,
        }
    }
}

/// WGSL being written.
#[derive(Default)]
pub(in crate::kernels) struct Code {
    pub(in crate::kernels) text: String,
    depth: usize,
    n_values: usize,
}

impl Code {
    /// A line.
    pub(in crate::kernels) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text += line;
        }
        self.text.push('\n');
    }

    /// The head of a block.
    pub(in crate::kernels) fn open(&mut self, head: &str) {
        self.line(format!("{head} {{").trim_start());
        self.depth += 1;
    }

    /// The end of a block.
    pub(in crate::kernels) fn close(&mut self) {
        self.depth -= 1;
        self.line("}");
    }

    /// Give an expression a name.
    fn bind(&mut self, expression: &str) -> String {
        let name = format!("v{}", self.n_values);
        self.n_values += 1;
        self.line(&format!("let {name} = {expression};"));
        name
    }

    fn canonical(&mut self, value: &Value) -> Value {
        match value {
            Value::Lazy(name) => Value::Canonical(self.bind(&format!("min({name}, {name} - P)"))),
            other => other.clone(),
        }
    }

    /// The sum of canonical values.
    fn add(&mut self, a: &Value, b: &Value, is_lazy: bool) -> Value {
        match (a, b, is_lazy) {
            (_, Value::Zero, _) => a.clone(),
            (_, _, true) => Value::Lazy(self.bind(&format!("{} + {}", a.name(), b.name()))),
            (_, _, false) => {
                Value::Canonical(self.bind(&format!("fp_add({}, {})", a.name(), b.name())))
            }
        }
    }

    /// The difference of canonical values.
    fn sub(&mut self, a: &Value, b: &Value, is_lazy: bool) -> Value {
        match (a, b, is_lazy) {
            (_, Value::Zero, _) => a.clone(),
            (_, _, true) => Value::Lazy(self.bind(&format!("{} - {} + P", a.name(), b.name()))),
            (_, _, false) => {
                Value::Canonical(self.bind(&format!("fp_sub({}, {})", a.name(), b.name())))
            }
        }
    }

    /// A product with a factor in Montgomery form.
    pub(in crate::kernels) fn mul(&mut self, value: &Value, factor: &str) -> Value {
        match value {
            Value::Zero => Value::Zero,
            _ => Value::Canonical(self.bind(&format!("fp_mul({}, {factor})", value.name()))),
        }
    }

    fn mul_fixed(&mut self, value: &Value, factor: &str, quotient: &str) -> Value {
        match value {
            Value::Zero => Value::Zero,
            _ => Value::Canonical(self.bind(&format!(
                "fp_mul_fixed({}, {factor}, {quotient})",
                value.name()
            ))),
        }
    }
}
