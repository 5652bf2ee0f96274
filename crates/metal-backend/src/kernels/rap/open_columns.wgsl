// Shares of the openings of a trace's columns at (r_0, r_1, ...), of one group of chunks a workgroup. Needs a constant
// LOG_SKIP.
//
// With N = 2^LOG_SKIP, L the Lagrange polynomials of the skip domain at r_0 and E = eq at (r_1, ...), a column v opens to
//     sum over x, z of E[x] L[z] v[N x + z] = sum over z of L[z] S[z],   S[z] = sum over x of E[x] v[N x + z].
// Its rotation weights v[N x + z] as the row before it: with L[z - 1] S[z] for z > 0, and for z = 0 with
// L[N - 1] times the sum over x of E[x - 1] v[N x]. Rows and chunks are taken modulo their number.
//
// The share of group g in opening o of the block is shares[first_share + o * n_groups + g].

const N: u32 = 1u << LOG_SKIP;
// Points z that threads take beside each other.
const WIDTH: u32 = min(N, N_THREADS);

var<workgroup> sh_claims: array<vec4<u32>, N_THREADS>;
var<workgroup> sh_rotated: array<vec4<u32>, N_THREADS>;

fn column_value(start: u32, last_row: u32, row: u32) -> u32 {
    return columns[start + (row & last_row)];
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let ix = workgroup - job.first_workgroup;
    let column = ix / job.n_groups;
    let share = ix - column * job.n_groups;
    let is_active = column < job.n_columns;
    let start = job.source_start + column * job.height;
    let last_row = job.height - 1u;
    let first = share * job.group_len;
    let end = min(first + job.group_len, arrayLength(&eq));
    var claim = vec4<u32>();
    var rotated = vec4<u32>();
    if is_active {
        for (var z = thread % WIDTH; z < N; z += WIDTH) {
            var sum = vec4<u32>();
            for (var x = first + thread / WIDTH; x < end; x += N_THREADS / WIDTH) {
                sum = ef_add(sum, ef_mul_fp(eq[job.n_chunks + x], column_value(start, last_row, (x << LOG_SKIP) + z)));
            }
            claim = ef_add(claim, ef_mul(lagrange[z], sum));
            if z > 0u {
                rotated = ef_add(rotated, ef_mul(lagrange[z - 1u], sum));
            }
        }
        var previous = vec4<u32>();
        for (var x = first + thread; x < end; x += N_THREADS) {
            let before = job.n_chunks + ((x - 1u) & (job.n_chunks - 1u));
            previous = ef_add(previous, ef_mul_fp(eq[before], column_value(start, last_row, x << LOG_SKIP)));
        }
        rotated = ef_add(rotated, ef_mul(lagrange[N - 1u], previous));
    }
    sh_claims[thread] = claim;
    sh_rotated[thread] = rotated;
    for (var half = N_THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            sh_claims[thread] = ef_add(sh_claims[thread], sh_claims[thread + half]);
            sh_rotated[thread] = ef_add(sh_rotated[thread], sh_rotated[thread + half]);
        }
    }
    if is_active && thread == 0u {
        let at = job.first_share + column * job.per_column * job.n_groups + share;
        shares[at] = sh_claims[0];
        if job.per_column == 2u {
            shares[at + job.n_groups] = sh_rotated[0];
        }
    }
}
