// refused: cannot initialize return object
#include <metal_stdlib>
using metal::uint;
metal::uint4 same_bytes(metal::ulong2 a) {
    return a;
}
