// refused: call to 'select' is ambiguous
#include <metal_stdlib>
using metal::uint;
ulong naga_div(ulong lhs, ulong rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}
