// refused: no matching function for call to 'shim_store'
#include <metal_stdlib>
using metal::uint;
struct Sums {
    uint low;
    uint high;
};
typedef Sums type_1[1];
kernel void main_(device type_1 const& sums [[buffer(0)]]) {
    Sums _e1 = sums[1];
    sums[0] = _e1;
}
