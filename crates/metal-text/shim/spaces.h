// Metal's spaces of memory, in each of the languages that a text is compiled as.
#pragma once

#if defined(__OPENCL_CPP_VERSION__)
// C++ for OpenCL has the same spaces, and is strict: each variable is in one, and nothing converts into `constant`.
#define device __global
#define constant __constant
#define threadgroup __local
#define thread __private
// Keywords there, names in Metal.
#define global global_
#define local local_
#define private private_
#define generic generic_
#elif defined(SHIM_RUN)
// One memory.
#define device
#define constant const
#define threadgroup
#define thread
#else
// As in Apple's compiler, a reference or pointer into one space does not convert into another.
#define device __attribute__((address_space(1)))
#define constant const __attribute__((address_space(2)))
#define threadgroup __attribute__((address_space(3)))
#define thread
#endif

// OpenCL's entry points take no references.
#ifdef __OPENCL_CPP_VERSION__
#define kernel
#elif defined(SHIM_HOSTILE)
// Not inlined, or what its parameters promise is lost.
#define kernel __attribute__((noinline))
#else
#define kernel
#endif
