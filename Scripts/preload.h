// What libraries for LD_PRELOAD have in common: the function that the next library has under a name, and all ways to open
// a file, which go through `open_file` of the library that includes this.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static int open_file(int folder, const char *path, int flags, mode_t mode);

#define OPEN(folder)                                                                                                   \
    {                                                                                                                  \
        mode_t mode = 0;                                                                                               \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                                           \
            va_list rest;                                                                                              \
            va_start(rest, flags);                                                                                     \
            mode = va_arg(rest, mode_t);                                                                               \
            va_end(rest);                                                                                              \
        }                                                                                                              \
        return open_file(folder, path, flags, mode);                                                                   \
    }

int open(const char *path, int flags, ...) OPEN(AT_FDCWD)
int open64(const char *path, int flags, ...) OPEN(AT_FDCWD)
int openat(int folder, const char *path, int flags, ...) OPEN(folder)
int openat64(int folder, const char *path, int flags, ...) OPEN(folder)
