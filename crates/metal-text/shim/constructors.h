// Metal's vectors are constructed by their name, those of clang are not. Without a parenthesis the name stays the type.
#pragma once

#define SHIM_MAKE(NAME)                                                         \
    template <class... Parts> inline metal::NAME shim_##NAME(Parts... parts) { \
        return metal::shim_make<metal::NAME>(parts...);                         \
    }
namespace metal {
SHIM_MAKE(int2) SHIM_MAKE(int3) SHIM_MAKE(int4)
SHIM_MAKE(uint2) SHIM_MAKE(uint3) SHIM_MAKE(uint4)
SHIM_MAKE(ulong2) SHIM_MAKE(ulong3) SHIM_MAKE(ulong4)
SHIM_MAKE(bool2) SHIM_MAKE(bool3) SHIM_MAKE(bool4)
}  // namespace metal
// naga writes these without their namespace.
using metal::shim_uint2;
using metal::uint2;
#define static_cast metal::shim_cast
#define int2(...) shim_int2(__VA_ARGS__)
#define int3(...) shim_int3(__VA_ARGS__)
#define int4(...) shim_int4(__VA_ARGS__)
#define uint2(...) shim_uint2(__VA_ARGS__)
#define uint3(...) shim_uint3(__VA_ARGS__)
#define uint4(...) shim_uint4(__VA_ARGS__)
#define ulong2(...) shim_ulong2(__VA_ARGS__)
#define ulong3(...) shim_ulong3(__VA_ARGS__)
#define ulong4(...) shim_ulong4(__VA_ARGS__)
#define bool2(...) shim_bool2(__VA_ARGS__)
#define bool3(...) shim_bool3(__VA_ARGS__)
#define bool4(...) shim_bool4(__VA_ARGS__)
