// refused: call to 'min' is ambiguous
#include <metal_stdlib>
using metal::uint;
ulong least(ulong a, uint b) {
    return metal::min(a, b);
}
