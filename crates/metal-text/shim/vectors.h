// Vectors, and how they are made of parts.
#pragma once

typedef unsigned long ulong;

namespace metal {

typedef unsigned int uint;

#define SHIM_VECTORS(LANE, NAME)                              \
    typedef LANE NAME##2 __attribute__((ext_vector_type(2))); \
    typedef LANE NAME##3 __attribute__((ext_vector_type(3))); \
    typedef LANE NAME##4 __attribute__((ext_vector_type(4)));
SHIM_VECTORS(int, int)
SHIM_VECTORS(uint, uint)
SHIM_VECTORS(ulong, ulong)
// What clang makes of a comparison, lanes of 0 and -1, where Metal makes lanes of bool. They can be selected by, not converted.
SHIM_VECTORS(int, bool)

// Lanes of a type; a scalar has one.
template <class T> struct shim_lanes {
    typedef T type;
    static constexpr int n = 1;
};
template <class T, int N> struct shim_lanes<T __attribute__((ext_vector_type(N)))> {
    typedef T type;
    static constexpr int n = N;
};

// The parts of a vector of Lane: how many lanes they have, and whether those of vectors are Lane's.
template <class Lane, class... Parts> struct shim_parts {
    static constexpr int n = 0;
    static constexpr bool fit = true;
};
template <class Lane, class Part, class... Rest> struct shim_parts<Lane, Part, Rest...> {
    typedef shim_parts<Lane, Rest...> rest;
    static constexpr int n = shim_lanes<Part>::n + rest::n;
    static constexpr bool fit = (shim_lanes<Part>::n == 1 || __is_same(Lane, typename shim_lanes<Part>::type)) && rest::fit;
};

// Lane i of a vector, or a scalar.
template <class T, int N> struct shim_lane {
    static typename shim_lanes<T>::type get(T value, int i) { return value[i]; }
};
template <class T> struct shim_lane<T, 1> {
    static T get(T value, int) { return value; }
};

// A vector with parts in its lanes from lane At on, as many as there is room for. By value: in C++ for OpenCL a reference's
// type has a space.
template <int At, class Vector> Vector shim_fill(Vector vector) { return vector; }
template <int At, class Vector, class Part, class... Rest> Vector shim_fill(Vector vector, Part part, Rest... rest) {
    typedef shim_lanes<Part> lanes;
    for (int i = 0; i < lanes::n && At + i < shim_lanes<Vector>::n; i++) {
        vector[At + i] = (typename shim_lanes<Vector>::type)shim_lane<Part, lanes::n>::get(part, i);
    }
    return shim_fill<At + lanes::n, Vector>(vector, rest...);
}

// Vector(): zero in all lanes.
template <class Vector> Vector shim_make() {
    return (Vector)(typename shim_lanes<Vector>::type)0;
}
// Vector(part): a scalar for all lanes, or a vector whose lanes are converted.
template <class Vector, class Part> Vector shim_make(Part part) {
    constexpr int n = shim_lanes<Part>::n;
    static_assert(n == 1 || n == shim_lanes<Vector>::n, "a vector of another length");
    Vector vector = shim_make<Vector>();
    for (int i = 0; i < shim_lanes<Vector>::n; i++) {
        vector[i] = (typename shim_lanes<Vector>::type)shim_lane<Part, n>::get(part, n == 1 ? 0 : i);
    }
    return vector;
}
// Vector(first, second, ...): scalars and vectors, one after the other.
template <class Vector, class First, class Second, class... Rest> Vector shim_make(First first, Second second, Rest... rest) {
    typedef shim_parts<typename shim_lanes<Vector>::type, First, Second, Rest...> parts;
    static_assert(parts::n == shim_lanes<Vector>::n, "too many lanes, or too few");
    static_assert(parts::fit, "lanes of another type");
    return shim_fill<0, Vector>(shim_make<Vector>(), first, second, rest...);
}

// Metal's static_cast converts scalars and vectors.
template <class T, int N> struct shim_converted {
    template <class A> static T of(A value) { return shim_make<T>(value); }
};
template <class T> struct shim_converted<T, 1> {
    template <class A> static T of(A value) { return (T)value; }
};
template <class T, class A> T shim_cast(A value) { return shim_converted<T, shim_lanes<T>::n>::of(value); }

}  // namespace metal
