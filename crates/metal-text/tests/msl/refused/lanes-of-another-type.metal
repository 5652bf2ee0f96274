// refused: lanes of another type
#include <metal_stdlib>
using metal::uint;
metal::uint4 join(metal::ulong2 a, metal::uint2 b) {
    return metal::uint4(a, b);
}
