// Calls of LAPACK's functions, which BLAS.swift finds at run time: arguments by value, info as the result. Fortran takes
// pointers, and after all others the length of each text.
#include <stddef.h>

typedef void (*lunette_dgemm)(int order, int transA, int transB, int m, int n, int k, double alpha, const double *a,
                              int lda, const double *b, int ldb, double beta, double *c, int ldc);

static inline int lunette_dpotrf(void *function, char triangle, int n, double *a) {
    int info = 0;
    ((void (*)(const char *, const int *, double *, const int *, int *, size_t))function)(&triangle, &n, a, &n, &info, 1);
    return info;
}

static inline int lunette_dgetrf(void *function, int n, double *a, int *pivots) {
    int info = 0;
    ((void (*)(const int *, const int *, double *, const int *, int *, int *))function)(&n, &n, a, &n, pivots, &info);
    return info;
}

static inline int lunette_dgetrs(void *function, char transposition, int n, int columns, const double *a,
                                 const int *pivots, double *b) {
    int info = 0;
    ((void (*)(const char *, const int *, const int *, const double *, const int *, const int *, double *, const int *,
               int *, size_t))function)(&transposition, &n, &columns, a, &n, pivots, b, &n, &info, 1);
    return info;
}

static inline int lunette_dtrtrs(void *function, char triangle, char transposition, char diagonal, int n, int columns,
                                 const double *a, double *b) {
    int info = 0;
    ((void (*)(const char *, const char *, const char *, const int *, const int *, const double *, const int *, double *,
               const int *, int *, size_t, size_t, size_t))function)(&triangle, &transposition, &diagonal, &n, &columns,
                                                                    a, &n, b, &n, &info, 1, 1, 1);
    return info;
}

static inline int lunette_dsyevd(void *function, char job, char triangle, int n, double *a, double *values, double *work,
                                 int workCount, int *integers, int integerCount) {
    int info = 0;
    ((void (*)(const char *, const char *, const int *, double *, const int *, double *, double *, const int *, int *,
               const int *, int *, size_t, size_t))function)(&job, &triangle, &n, a, &n, values, work, &workCount,
                                                             integers, &integerCount, &info, 1, 1);
    return info;
}

static inline int lunette_dgesdd(void *function, char job, int m, int n, double *a, double *values, double *u,
                                 double *vt, int vtRows, double *work, int workCount, int *integers) {
    int info = 0;
    ((void (*)(const char *, const int *, const int *, double *, const int *, double *, double *, const int *, double *,
               const int *, double *, const int *, int *, int *, size_t))function)(
        &job, &m, &n, a, &m, values, u, &m, vt, &vtRows, work, &workCount, integers, &info, 1);
    return info;
}

static inline int lunette_dgeqrf(void *function, int m, int n, double *a, double *factors, double *work, int workCount) {
    int info = 0;
    ((void (*)(const int *, const int *, double *, const int *, double *, double *, const int *, int *))function)(
        &m, &n, a, &m, factors, work, &workCount, &info);
    return info;
}

static inline int lunette_dorgqr(void *function, int m, int n, double *a, const double *factors, double *work,
                                 int workCount) {
    int info = 0;
    ((void (*)(const int *, const int *, const int *, double *, const int *, const double *, double *, const int *,
               int *))function)(&m, &n, &n, a, &m, factors, work, &workCount, &info);
    return info;
}
