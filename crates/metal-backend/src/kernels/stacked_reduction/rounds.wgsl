// Rounds of the sumcheck in one workgroup: evaluates at X = 1 and X = 2, observes, samples u_j, folds. The texts of
// the sponge and of sumcheck.wgsl come before.
//
// The first round may take sums that round_sums.wgsl has evaluated, or begin with a fold at the challenge before. The
// pairs move between the two buffers with every fold, from `pairs_a` on. A round has two observed elements and u_j on the tape.
// After the rounds, observes Q of the first n_openings pairs.

// Whether the pairs are in pairs_b.
var<private> is_in_b: bool;

fn load(i: u32) -> vec4<u32> {
    if (is_in_b) {
        return pairs_b[i];
    }
    return pairs_a[i];
}

fn store(i: u32, value: vec4<u32>) {
    if (is_in_b) {
        pairs_a[i] = value;
    } else {
        pairs_b[i] = value;
    }
}

fn read_tape(place: u32) -> vec4<u32> {
    return vec4<u32>(tape[place], tape[place + 1u], tape[place + 2u], tape[place + 3u]);
}

fn write_tape(place: u32, value: vec4<u32>) {
    tape[place] = value.x;
    tape[place + 1u] = value.y;
    tape[place + 2u] = value.z;
    tape[place + 3u] = value.w;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    is_in_b = false;
    var n_pairs = params.n_pairs;
    var mode = params.first_mode;
    var place = params.place;
    var u = vec4<u32>();
    if (mode == FOLD_AND_EVALUATE) {
        u = read_tape(place - 4u);
    }
    for (var round = 0u; round < params.n_rounds; round++) {
        at_one = vec4<u32>();
        at_two = vec4<u32>();
        if (mode == TAKE_SUMS) {
            for (var i = lane; i < params.n_sums; i += N_THREADS) {
                at_one = ef_add(at_one, sums[2u * i]);
                at_two = ef_add(at_two, sums[2u * i + 1u]);
            }
        } else {
            pass_over(mode, n_pairs, lane, N_THREADS, u);
            if (mode == FOLD_AND_EVALUATE) {
                n_pairs /= 2u;
                is_in_b = !is_in_b;
            }
        }
        storageBarrier();
        sum_up(lane);
        let s_1 = sh_one[0];
        let s_2 = sh_two[0];
        if (lane == 0u) {
            sponge_put_ef(0u, s_1);
            sponge_put_ef(1u, s_2);
        }
        sponge_exchange(8u, 4u);
        u = sponge_ef(0u);
        if (lane == 0u) {
            write_tape(place, s_1);
            write_tape(place + 4u, s_2);
            write_tape(place + 8u, u);
        }
        place += ROUND_WORDS;
        mode = FOLD_AND_EVALUATE;
    }
    if (params.is_folded_last == 1u) {
        pass_over(FOLD, n_pairs, lane, N_THREADS, u);
        is_in_b = !is_in_b;
        storageBarrier();
        workgroupBarrier();
    }
    for (var first = 0u; first < params.n_openings; first += SPONGE_N_WORDS / 4u) {
        let n = min(SPONGE_N_WORDS / 4u, params.n_openings - first);
        if (lane < n) {
            let opening = load(2u * (first + lane));
            sponge_put_ef(lane, opening);
            write_tape(params.openings_place + 4u * (first + lane), opening);
        }
        sponge_exchange(4u * n, 0u);
    }
    sponge_store();
}
