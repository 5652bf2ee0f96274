// A known number of multiplications in each thread, to learn how many a GPU does in a time. The result decides whether
// anything is written, so that none of them can be left out.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var x = id.x;
    for (var i = 0u; i < params.n_multiplications; i++) {
        // A multiplication in the field takes about as long as eight of these words.
        for (var j = 0u; j < 8u; j++) {
            x = x * x + i;
        }
    }
    if (x == params.unlikely) {
        result[0] = x;
    }
}
