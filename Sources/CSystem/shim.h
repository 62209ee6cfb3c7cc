#pragma once
#include <stdbool.h>

/// The vector instructions that the code was compiled for.
static inline const char *lunette_compiled_vectors(void) {
#if defined(__AVX512F__)
    return "AVX-512";
#elif defined(__AVX2__)
    return "AVX2";
#elif defined(__ARM_NEON)
    return "NEON";
#else
    return "baseline";
#endif
}

/// Whether the processor at hand has the instructions that the code was compiled for.
static inline bool lunette_cpu_matches_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#if defined(__AVX512F__)
    if (!__builtin_cpu_supports("avx512f")) return false;
#endif
#if defined(__AVX2__)
    if (!__builtin_cpu_supports("avx2")) return false;
#endif
#if defined(__FMA__)
    if (!__builtin_cpu_supports("fma")) return false;
#endif
#endif
    return true;
}

/// Tells the processor that the thread is waiting in a loop.
static inline void lunette_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Sixteen floats, as Swift's SIMD16<Float>.
typedef float lunette_floats __attribute__((ext_vector_type(16)));

/// Arithmetic on sixteen pairs of numbers at a time; the last is x + a b, rounded once.
static inline lunette_floats lunette_sum(lunette_floats a, lunette_floats b) { return a + b; }
static inline lunette_floats lunette_difference(lunette_floats a, lunette_floats b) { return a - b; }
static inline lunette_floats lunette_product(lunette_floats a, lunette_floats b) { return a * b; }
static inline lunette_floats lunette_quotient(lunette_floats a, lunette_floats b) { return a / b; }
static inline lunette_floats lunette_adding_product(lunette_floats x, lunette_floats a, lunette_floats b) {
    return __builtin_elementwise_fma(a, b, x);
}

/// Sixteen numbers: those of a where the mask is -1, those of b where it is 0.
typedef int lunette_mask __attribute__((ext_vector_type(16)));
static inline lunette_floats lunette_choice(lunette_mask mask, lunette_floats a, lunette_floats b) {
    return mask ? a : b;
}

/// Sixteen of the numbers x[first], x[first + step], ..., counted modulo 16.
#define LUNETTE_LANES(x, step, first)                                                                                  \
    __builtin_shufflevector(                                                                                           \
        x, x, (first) & 15, (first + step) & 15, (first + 2 * step) & 15, (first + 3 * step) & 15,                     \
        (first + 4 * step) & 15, (first + 5 * step) & 15, (first + 6 * step) & 15, (first + 7 * step) & 15,            \
        (first + 8 * step) & 15, (first + 9 * step) & 15, (first + 10 * step) & 15, (first + 11 * step) & 15,          \
        (first + 12 * step) & 15, (first + 13 * step) & 15, (first + 14 * step) & 15, (first + 15 * step) & 15)

/// Every third number from x[place] on, and where they came from: each is the other's inverse.
static inline lunette_floats lunette_every_third(lunette_floats x, long place) {
    return place == 0 ? LUNETTE_LANES(x, 3, 0) : place == 1 ? LUNETTE_LANES(x, 3, 1) : LUNETTE_LANES(x, 3, 2);
}
static inline lunette_floats lunette_to_every_third(lunette_floats x, long place) {
    // 3 times 11 is 1, modulo 16.
    return place == 0 ? LUNETTE_LANES(x, 11, 0) : place == 1 ? LUNETTE_LANES(x, 11, 5) : LUNETTE_LANES(x, 11, 10);
}

/// Sixteen square roots: Swift's own takes them one by one.
static inline lunette_floats lunette_square_root(lunette_floats x) { return __builtin_elementwise_sqrt(x); }

/// Eight floats and eight doubles, as Swift's SIMD8.
typedef float lunette_eight_floats __attribute__((ext_vector_type(8)));
typedef double lunette_eight_doubles __attribute__((ext_vector_type(8)));

/// Eight floats as doubles: Swift's own conversion is a function call.
static inline lunette_eight_doubles lunette_widened(lunette_eight_floats x) {
    return __builtin_convertvector(x, lunette_eight_doubles);
}

/// Eight doubles as floats.
static inline lunette_eight_floats lunette_narrowed(lunette_eight_doubles x) {
    return __builtin_convertvector(x, lunette_eight_floats);
}

/// The C library's sine and cosine.
static inline double lunette_sine(double x) { return __builtin_sin(x); }
static inline double lunette_cosine(double x) { return __builtin_cos(x); }
