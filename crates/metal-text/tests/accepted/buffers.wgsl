// With the parameters and the sizes these are 31 slots, as many as there are.
struct Params {
    n: u32,
}
var<immediate> params: Params;
@group(0) @binding(0) var<storage, read_write> buffer_0: array<u32>;
@group(0) @binding(1) var<storage, read_write> buffer_1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer_2: array<u32>;
@group(0) @binding(3) var<storage, read_write> buffer_3: array<u32>;
@group(0) @binding(4) var<storage, read_write> buffer_4: array<u32>;
@group(0) @binding(5) var<storage, read_write> buffer_5: array<u32>;
@group(0) @binding(6) var<storage, read_write> buffer_6: array<u32>;
@group(0) @binding(7) var<storage, read_write> buffer_7: array<u32>;
@group(0) @binding(8) var<storage, read_write> buffer_8: array<u32>;
@group(0) @binding(9) var<storage, read_write> buffer_9: array<u32>;
@group(0) @binding(10) var<storage, read_write> buffer_10: array<u32>;
@group(0) @binding(11) var<storage, read_write> buffer_11: array<u32>;
@group(0) @binding(12) var<storage, read_write> buffer_12: array<u32>;
@group(0) @binding(13) var<storage, read_write> buffer_13: array<u32>;
@group(0) @binding(14) var<storage, read_write> buffer_14: array<u32>;
@group(0) @binding(15) var<storage, read_write> buffer_15: array<u32>;
@group(0) @binding(16) var<storage, read_write> buffer_16: array<u32>;
@group(0) @binding(17) var<storage, read_write> buffer_17: array<u32>;
@group(0) @binding(18) var<storage, read_write> buffer_18: array<u32>;
@group(0) @binding(19) var<storage, read_write> buffer_19: array<u32>;
@group(0) @binding(20) var<storage, read_write> buffer_20: array<u32>;
@group(0) @binding(21) var<storage, read_write> buffer_21: array<u32>;
@group(0) @binding(22) var<storage, read_write> buffer_22: array<u32>;
@group(0) @binding(23) var<storage, read_write> buffer_23: array<u32>;
@group(0) @binding(24) var<storage, read_write> buffer_24: array<u32>;
@group(0) @binding(25) var<storage, read_write> buffer_25: array<u32>;
@group(0) @binding(26) var<storage, read_write> buffer_26: array<u32>;
@group(0) @binding(27) var<storage, read_write> buffer_27: array<u32>;
@group(0) @binding(28) var<storage, read_write> buffer_28: array<u32>;

@compute @workgroup_size(64)
fn main() {
    buffer_0[0] = params.n;
}
