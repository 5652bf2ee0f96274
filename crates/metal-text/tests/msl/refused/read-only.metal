// refused: with const-qualified type
#include <metal_stdlib>
using metal::uint;
typedef uint type_1[1];
kernel void main_(device type_1 const& words [[buffer(0)]]) {
    words[0] = 1u;
}
