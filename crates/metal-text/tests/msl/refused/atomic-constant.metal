// refused: no matching function for call to 'atomic_load_explicit'
#include <metal_stdlib>
using metal::uint;
uint load(constant metal::atomic_uint& word) {
    return metal::atomic_load_explicit(&word, metal::memory_order_relaxed);
}
