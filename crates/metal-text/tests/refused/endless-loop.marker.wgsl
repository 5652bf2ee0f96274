// A list that ends with a marker, which may never come.
@group(0) @binding(0) var<storage, read> list: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var cursor = lane;
    loop {
        let word = list[cursor];
        cursor += 1u;
        if (word & 0x80000000u) != 0u {
            break;
        }
    }
    result[lane] = cursor;
}
