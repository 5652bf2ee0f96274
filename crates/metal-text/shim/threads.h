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
#define SHIM_ATOMICS(SPACE)                                                                                      \
    inline uint atomic_load_explicit(SPACE const atomic_uint* word, memory_order) { return word->value; }         \
    inline void atomic_store_explicit(SPACE atomic_uint* word, uint value, memory_order) { word->value = value; } \
    inline uint atomic_fetch_add_explicit(SPACE atomic_uint* word, uint value, memory_order) {                    \
        uint before = word->value;                                                                               \
        word->value = before + value;                                                                            \
        return before;                                                                                           \
    }                                                                                                            \
    inline uint atomic_fetch_max_explicit(SPACE atomic_uint* word, uint value, memory_order) {                    \
        uint before = word->value;                                                                               \
        word->value = max(before, value);                                                                        \
        return before;                                                                                           \
    }                                                                                                            \
    inline bool atomic_compare_exchange_weak_explicit(                                                           \
        SPACE atomic_uint* word, uint* expected, uint value, memory_order, memory_order) {                       \
        bool is_equal = word->value == *expected;                                                                \
        *expected = word->value;                                                                                 \
        word->value = is_equal ? value : word->value;                                                            \
        return is_equal;                                                                                         \
    }
SHIM_ATOMICS(device)
#ifndef SHIM_RUN
SHIM_ATOMICS(threadgroup)
#endif

}  // namespace metal
