// refused: cannot initialize return object
#include <metal_stdlib>
using metal::uint;
uint first(metal::uint4 a) {
    return a;
}
