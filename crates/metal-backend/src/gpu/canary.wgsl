// The sign that all passes before it have run: `params.step` is added to a sum, which the host adds up, too. Beside the sum
// lies a word of what was written last, so that this kernel waits for that, and both mixed, which is not zero where they are.

@compute @workgroup_size(N_THREADS)
fn main() {
    let sum = canary[0] + params.step;
    let word = last[0];
    canary[0] = sum;
    canary[1] = word;
    canary[2] = ((sum | 1u) * FACTOR) ^ word;
}
