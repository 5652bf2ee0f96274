// A struct, copied out of a space, and stored into one: what clang makes for structs knows no spaces. The text is changed to
// call these.
#pragma once

namespace metal {

#ifdef SHIM_RUN
template <class T> T shim_copy(T const& value) { return value; }
template <class T> void shim_store(T& place, T value) { place = value; }
#else
template <class T> T shim_copy(thread T const&);
template <class T> T shim_copy(device T const&);
template <class T> T shim_copy(constant T&);
template <class T> T shim_copy(threadgroup T const&);
template <class T> void shim_store(thread T&, T);
template <class T> void shim_store(device T&, T);
template <class T> void shim_store(threadgroup T&, T);
#endif

}  // namespace metal
