// Calls a text's entry point from outside. Included behind the text, with a function of it that makes the call.
#pragma once

// Which thread it is, by what Metal calls its places.
struct shim_position {
    unsigned thread_position_in_grid[3];
    unsigned thread_position_in_threadgroup[3];
    unsigned threadgroup_position_in_grid[3];
    unsigned threadgroups_per_grid[3];
    unsigned thread_index_in_threadgroup;
};

static inline metal::uint3 shim_uint3_of(const unsigned* value) { return metal::uint3(value[0], value[1], value[2]); }

// Called with the place that a thread waits at.
extern "C" __attribute__((visibility("default"))) void (*shim_at_barrier)(void*);
void (*shim_at_barrier)(void*) = nullptr;

extern "C" __attribute__((noinline, convergent)) void shim_barrier() { shim_at_barrier(__builtin_return_address(0)); }
