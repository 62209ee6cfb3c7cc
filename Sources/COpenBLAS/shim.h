// The library is opened at run time, after its core type has been chosen (see Kernels/BLAS.swift); these are the
// signatures to call it by.
#include <dlfcn.h>

typedef void (*lunette_sgemm)(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a,
                              int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef char *(*lunette_blas_text)(void);
typedef void (*lunette_blas_threads)(int);

#include "lapack.h"
