// refused: no member named 'simd_sum'
#include <metal_stdlib>
using metal::uint;
uint sum(uint a) {
    return metal::simd_sum(a);
}
