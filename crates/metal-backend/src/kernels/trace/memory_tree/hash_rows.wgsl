// Rows of permutations with all their rounds and how often each is asked for (`Poseidon2PeripheryCols`), a thread for
// each: of pairs of digests, then of inputs that the host brings, and of zeroes behind them, which nobody asks for.
//
// With N_REGISTERS = 1 there is also the third power in each seventh.

const INPUT_WORDS: u32 = 17u;

fn put_4(column: u32, row: u32, elements: vec4<u32>) {
    put_element(column, row, elements.x);
    put_element(column + 1u, row, elements.y);
    put_element(column + 2u, row, elements.z);
    put_element(column + 3u, row, elements.w);
}

fn put_state(column: u32, row: u32, state: ptr<function, array<vec4<u32>, 4>>) {
    for (var i = 0u; i < 4u; i++) {
        put_4(column + 4u * i, row, (*state)[i]);
    }
}

fn cube(x: u32) -> u32 {
    return fp_mul(fp_mul(x, x), x);
}

// Also the columns of an external round; returns the next column.
fn put_external_round(first: u32, row: u32, state: ptr<function, array<vec4<u32>, 4>>, round: u32) -> u32 {
    var column = first;
    if (N_REGISTERS == 1u) {
        for (var i = 0u; i < 4u; i++) {
            let x = ef_add((*state)[i], poseidon2_constants[4u * round + i]);
            put_4(column + 4u * i, row, vec4<u32>(cube(x.x), cube(x.y), cube(x.z), cube(x.w)));
        }
        column += 16u;
    }
    external_round(state, round);
    put_state(column, row, state);
    return column + 16u;
}

fn put_internal_round(first: u32, row: u32, state: ptr<function, array<vec4<u32>, 4>>, round: u32) -> u32 {
    var column = first;
    let x = fp_add((*state)[0].x, poseidon2_constants[32u + round].x);
    let x3 = cube(x);
    if (N_REGISTERS == 1u) {
        put_element(column, row, x3);
        column += 1u;
    }
    put_element(column, row, fp_mul(fp_mul(x3, x3), x));
    internal_round(state, round);
    return column + 1u;
}

fn input(i: u32) -> vec4<u32> {
    return vec4<u32>(inputs[i], inputs[i + 1u], inputs[i + 2u], inputs[i + 3u]);
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_rows) {
        return;
    }
    let row = params.first_row + ix;
    var state = array<vec4<u32>, 4>();
    var n_asked = 0u;
    if (ix < params.n_records) {
        let hash = records[ix];
        state[0] = digest_half(hash.left, 0u);
        state[1] = digest_half(hash.left, 1u);
        state[2] = digest_half(hash.right, 0u);
        state[3] = digest_half(hash.right, 1u);
        n_asked = hash.n_asked;
    } else if (ix - params.n_records < params.n_inputs) {
        let at = INPUT_WORDS * (ix - params.n_records);
        for (var i = 0u; i < 4u; i++) {
            state[i] = input(at + 4u * i);
        }
        n_asked = inputs[at + 16u];
    }
    put_element(0u, row, FP_ONE);
    put_state(1u, row, &state);
    external_layer(&state);
    var column = 17u;
    for (var round = 0u; round < 4u; round++) {
        column = put_external_round(column, row, &state, round);
    }
    for (var round = 0u; round < 13u; round++) {
        column = put_internal_round(column, row, &state, round);
    }
    for (var round = 4u; round < 8u; round++) {
        column = put_external_round(column, row, &state, round);
    }
    put(column, row, n_asked);
}
