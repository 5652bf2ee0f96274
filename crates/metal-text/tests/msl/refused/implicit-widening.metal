// refused: cannot initialize return object
#include <metal_stdlib>
using metal::uint;
metal::ulong2 widen(metal::uint2 a) {
    return a;
}
