// What is refused next door, as Metal has it.
#include <metal_stdlib>
#include <simd/simd.h>
using metal::uint;
typedef metal::uint4 Value;
struct Sums {
    uint low;
    uint high;
};
struct Tile {
    uint inner[16];
};
typedef Sums type_1[1];
constant uint P = 2013265921u;
uint quotient(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}
ulong least(ulong a, uint b) {
    return metal::min(a, static_cast<ulong>(b));
}
void fill(threadgroup Tile& tile) {
    tile.inner[0] = 1u;
}
Value join(metal::uint2 a, metal::ulong4 b) {
    Value low = Value(a, 0u, 1u);
    return low + static_cast<metal::uint4>(b) + Value(P);
}
kernel void main_(
  metal::uint3 id [[thread_position_in_grid]]
, device type_1& sums [[buffer(0)]]
, constant Sums& params [[buffer(1)]]
, threadgroup Tile& tile
) {
    Sums _e1 = params;
    Sums total = {};
    total.low = _e1.low + quotient(id.x, P);
    fill(tile);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    Sums _e2 = total;
    sums[id.x] = _e2;
    return;
}
