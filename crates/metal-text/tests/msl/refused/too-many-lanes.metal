// refused: too many lanes, or too few
#include <metal_stdlib>
using metal::uint;
metal::uint4 join(metal::uint3 a, metal::uint2 b) {
    return metal::uint4(a, b);
}
