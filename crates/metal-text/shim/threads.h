// What threads have to do with each other.
#pragma once

// Convergent, as Apple's is: no thread is led to a copy of it that others do not reach.
extern "C" __attribute__((convergent)) void shim_barrier();

namespace metal {

enum class mem_flags { mem_none, mem_device, mem_threadgroup };
inline void threadgroup_barrier(mem_flags) { shim_barrier(); }

enum memory_order { memory_order_relaxed };
struct atomic_uint {
    uint value;
};
// Threads take turns at barriers only, when they are run here.
#define SHIM_ATOMICS(SPACE)                                                                              \
    inline uint atomic_load_explicit(SPACE const atomic_uint* word, memory_order) { return word->value; } \
    inline uint atomic_fetch_max_explicit(SPACE atomic_uint* word, uint value, memory_order) {           \
        uint before = word->value;                                                                       \
        word->value = max(before, value);                                                                \
        return before;                                                                                   \
    }
SHIM_ATOMICS(device)
#ifndef SHIM_RUN
SHIM_ATOMICS(threadgroup)
#endif

}  // namespace metal
