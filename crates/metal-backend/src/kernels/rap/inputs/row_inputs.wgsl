// Trace rows to slots: the slot of an entry, whose words begin slot * stride after first_word, holds at word i the value on
// row first + i. Needs source.wgsl.

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let ix = (workgroup - job.first_workgroup) * N_THREADS + thread;
    if ix >= job.n_entries * job.count {
        return;
    }
    let column = ix / job.count;
    let entry = entries[job.first_entry + column];
    let i = ix - column * job.count;
    let block = Block(job.source_start, job.column_start, job.height);
    slots[job.first_word + entry.slot * job.stride + i] = source_value(block, entry, job.first + i);
}
