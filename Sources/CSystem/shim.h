#pragma once
#include <spawn.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A descriptor of an empty file without a name, which programs that are started do not get; -1 with an error in `errno`.
static inline int lunette_unnamed_file(void) { return (int)syscall(SYS_memfd_create, "lunette", 1); }

/// Lets a program start in a folder. Declared here, as Swift does not see the extensions of glibc.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

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

/// Sixteen numbers that lie `stride` apart, read and written one by one.
static inline lunette_floats lunette_gathered(const float *x, long stride) {
    return (lunette_floats){x[0],          x[stride],      x[2 * stride],  x[3 * stride], x[4 * stride],  x[5 * stride],
                            x[6 * stride], x[7 * stride],  x[8 * stride],  x[9 * stride], x[10 * stride], x[11 * stride],
                            x[12 * stride], x[13 * stride], x[14 * stride], x[15 * stride]};
}
static inline void lunette_scatter(lunette_floats value, float *x, long stride) {
#pragma unroll
    for (int lane = 0; lane < 16; lane++) x[lane * stride] = value[lane];
}

/// Every second of 32 numbers, those of a and then of b, from number `place` on.
static inline lunette_floats lunette_every_second(lunette_floats a, lunette_floats b, long place) {
    return place == 0
               ? __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
               : __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/// The first or the second half of the numbers of a and b in turns.
static inline lunette_floats lunette_in_turns(lunette_floats a, lunette_floats b, long half) {
    return half == 0 ? __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
                     : __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
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
