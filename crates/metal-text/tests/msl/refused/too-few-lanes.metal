// refused: a vector of another length
#include <metal_stdlib>
using metal::uint;
metal::uint4 widen(metal::uint3 a) {
    return metal::uint4(a);
}
