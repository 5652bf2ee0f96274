// Functions of numbers. One overload for each type, as in Apple's header: arguments of two types are ambiguous.
#pragma once

namespace metal {

#define SHIM_ORDERED(T)                                  \
    inline T min(T a, T b) { return a < b ? a : b; } \
    inline T max(T a, T b) { return a < b ? b : a; }
SHIM_ORDERED(int) SHIM_ORDERED(uint) SHIM_ORDERED(long) SHIM_ORDERED(ulong)
#define SHIM_SELECT(T) \
    inline T select(T a, T b, bool condition) { return condition ? b : a; }
SHIM_SELECT(int) SHIM_SELECT(uint) SHIM_SELECT(long) SHIM_SELECT(ulong)

// The same, lane by lane.
#define SHIM_LANES(N, VALUE)           \
    for (int i = 0; i < N; i++) {      \
        result[i] = VALUE;             \
    }                                  \
    return result;
#define SHIM_ORDERED_LANES(T, N)                                             \
    inline T min(T a, T b) { T result = a; SHIM_LANES(N, min(a[i], b[i])) } \
    inline T max(T a, T b) { T result = a; SHIM_LANES(N, max(a[i], b[i])) }
SHIM_ORDERED_LANES(uint2, 2) SHIM_ORDERED_LANES(uint3, 3) SHIM_ORDERED_LANES(uint4, 4) SHIM_ORDERED_LANES(ulong4, 4)
#define SHIM_SELECT_LANES(T, CONDITION, N)                         \
    inline T select(T a, T b, CONDITION condition) {               \
        T result = a; SHIM_LANES(N, condition[i] ? b[i] : a[i])    \
    }
SHIM_SELECT_LANES(uint2, bool2, 2) SHIM_SELECT_LANES(uint3, bool3, 3) SHIM_SELECT_LANES(uint4, bool4, 4)
inline bool all(bool2 lanes) { return lanes[0] && lanes[1]; }
inline bool all(bool3 lanes) { return lanes[0] && lanes[1] && lanes[2]; }
inline bool all(bool4 lanes) { return lanes[0] && lanes[1] && lanes[2] && lanes[3]; }

inline uint clz(uint value) { return value == 0 ? 32 : __builtin_clz(value); }
inline uint reverse_bits(uint value) { return __builtin_bitreverse32(value); }

}  // namespace metal
