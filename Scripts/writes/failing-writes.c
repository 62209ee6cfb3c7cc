// A disk that fails, for LD_PRELOAD by Scripts/test-writes: of all calls that open, write, flush, rename, close, cut,
// make or link what lies in WRITES_FOLDER, by this process and those that it starts, the one of number WRITES_FAIL gets
// the error WRITES_ERROR (a number). A write that is to fail has taken half of its bytes, as on a disk that is full;
// where the number is 0, it takes half of them and no error follows; where it is below 0, the process is killed before
// the call. WRITES_STATE is the file that counts; a process that may not open it, as in a sandbox, counts for itself.
// WRITES_RECORD, where it is set, gets a line for each call: its number, the process, the call, the path, and for a
// rename the new path and the CRC-32 of the file. Streams of C that write are made of these calls, as the library's own
// are out of reach.
#define _GNU_SOURCE
#include "../preload.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The number of calls so far, and that of the one that failed.
static struct { _Atomic long calls, failed; } own, *state = &own;
static long chosen;
static int number, record = -1;
static const char *folder;

enum { files = 4096 };
// What each descriptor of ours was opened as, whether for writing, and the error that its next write gets.
static struct { char *path; int writes, error; } opened[files];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("WRITES_FOLDER");
    chosen = atol(getenv("WRITES_FAIL") ?: "0");
    number = atoi(getenv("WRITES_ERROR") ?: "0");
    int file = syscall(SYS_openat, AT_FDCWD, getenv("WRITES_STATE") ?: "", O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) state = shared;
    syscall(SYS_close, file);
    const char *path = getenv("WRITES_RECORD");
    if (!path) return;
    // Out of the way of descriptors that programs choose themselves.
    file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC);
    record = fcntl(file, F_DUPFD_CLOEXEC, 900);
    syscall(SYS_close, file);
}

// The path as one from the root; 0 where it lies elsewhere.
static int is_ours(const char *path, char *whole) {
    if (!folder || !path) return 0;
    char here[PATH_MAX] = "";
    if (*path != '/' && syscall(SYS_getcwd, here, sizeof here) < 0) return 0;
    while (path[0] == '.' && path[1] == '/') path += 2;
    if (snprintf(whole, PATH_MAX, "%s%s%s", here, *path == '/' ? "" : "/", path) >= PATH_MAX) return 0;
    size_t length = strlen(folder);
    return strncmp(whole, folder, length) == 0 && (whole[length] == '/' || whole[length] == 0);
}

// The CRC-32 of a file's bytes.
static uint32_t checksum(const char *path) {
    uint32_t sum = ~0u;
    unsigned char bytes[1 << 14];
    int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    for (ssize_t count; file >= 0 && (count = syscall(SYS_read, file, bytes, sizeof bytes)) > 0;) {
        for (ssize_t i = 0; i < count; i++) {
            sum ^= bytes[i];
            for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
        }
    }
    if (file >= 0) syscall(SYS_close, file);
    return ~sum;
}

// Counts a call; whether it is to fail.
static int fails(const char *call, const char *path, const char *other) {
    int kept = errno;
    long place = ++state->calls;
    int now = place == chosen;
    if (now) state->failed = place;
    if (record >= 0) {
        char line[3 * PATH_MAX];
        int length = snprintf(line, sizeof line, "%ld\t%d\t%s\t%s\t%s\t%08x\n", place, (int)getpid(), call, path,
            other ?: "", other ? checksum(path) : 0);
        syscall(SYS_write, record, line, length);
    }
    if (now && number < 0) kill(getpid(), SIGKILL);
    errno = kept;
    return now;
}

static int refused(const char *call, const char *path, const char *other) {
    if (!fails(call, path, other) || number == 0) return 0;
    errno = number;
    return 1;
}

static int note(int file, const char *path, int writes) {
    if (file < 0 || file >= files) return file;
    pthread_mutex_lock(&mutex);
    free(opened[file].path);
    opened[file].path = strdup(path);
    opened[file].writes = writes;
    opened[file].error = 0;
    pthread_mutex_unlock(&mutex);
    return file;
}

// The path of a descriptor of ours.
static int path_of(int file, char *path) {
    if (file < 0 || file >= files) return 0;
    pthread_mutex_lock(&mutex);
    int known = opened[file].path != NULL;
    if (known) strcpy(path, opened[file].path);
    pthread_mutex_unlock(&mutex);
    return known;
}

static const char *kind_of(int flags) {
    if (flags & O_DIRECTORY) return "folder";
    if ((flags & O_ACCMODE) == O_RDONLY) return "read";
    return flags & O_TRUNC ? "empty" : flags & O_APPEND ? "append" : flags & O_EXCL ? "new" : "open";
}

static int open_file(int parent, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    int ours = is_ours(path, whole);
    if (ours && refused(kind_of(flags), whole, NULL)) return -1;
    int file = syscall(SYS_openat, parent, path, flags, mode);
    return ours ? note(file, whole, (flags & O_ACCMODE) != O_RDONLY) : file;
}

// How many of so many bytes a write may take, or -1 for an error.
static ssize_t taken(int file, size_t count) {
    char path[PATH_MAX];
    if (!path_of(file, path) || !opened[file].writes) return count;
    if (opened[file].error) {
        errno = opened[file].error;
        opened[file].error = 0;
        return -1;
    }
    if (!fails("write", path, NULL)) return count;
    if (count < 2 && number) {
        errno = number;
        return -1;
    }
    opened[file].error = number;
    return count < 2 ? count : count / 2;
}

ssize_t write(int file, const void *bytes, size_t count) {
    ssize_t length = taken(file, count);
    return length < 0 ? -1 : syscall(SYS_write, file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
    ssize_t length = taken(file, count);
    return length < 0 ? -1 : syscall(SYS_pwrite64, file, bytes, length, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t place) { return pwrite(file, bytes, count, place); }

int close(int file) {
    char path[PATH_MAX];
    if (!path_of(file, path)) return syscall(SYS_close, file);
    int failed = opened[file].writes && refused("close", path, NULL);
    pthread_mutex_lock(&mutex);
    free(opened[file].path);
    opened[file].path = NULL;
    pthread_mutex_unlock(&mutex);
    int result = syscall(SYS_close, file);
    if (failed) errno = number;
    return failed ? -1 : result;
}

#define BY_DESCRIPTOR(declaration, call, ...)                                                                          \
    int declaration {                                                                                                  \
        char path[PATH_MAX];                                                                                           \
        return path_of(file, path) && refused(call, path, NULL) ? -1 : syscall(__VA_ARGS__);                           \
    }

BY_DESCRIPTOR(fsync(int file), "fsync", SYS_fsync, file)
BY_DESCRIPTOR(fdatasync(int file), "fsync", SYS_fdatasync, file)
BY_DESCRIPTOR(ftruncate(int file, off_t size), "cut", SYS_ftruncate, file, size)
BY_DESCRIPTOR(ftruncate64(int file, off_t size), "cut", SYS_ftruncate, file, size)

#define BY_PATHS(call)                                                                                                 \
    int call(const char *from, const char *to) {                                                                       \
        char old[PATH_MAX], new[PATH_MAX];                                                                             \
        int ours = is_ours(to, new) && is_ours(from, old);                                                             \
        return ours && refused(#call, old, new) ? -1 : syscall(SYS_##call, from, to);                                  \
    }

BY_PATHS(rename)
BY_PATHS(link)

int mkdir(const char *path, mode_t mode) {
    char whole[PATH_MAX];
    return is_ours(path, whole) && refused("mkdir", whole, NULL) ? -1 : syscall(SYS_mkdir, path, mode);
}

int mkdirat(int parent, const char *path, mode_t mode) {
    char whole[PATH_MAX];
    return is_ours(path, whole) && refused("mkdir", whole, NULL) ? -1 : syscall(SYS_mkdirat, parent, path, mode);
}

char *mkdtemp(char *pattern) {
    char whole[PATH_MAX];
    return is_ours(pattern, whole) && refused("mkdir", whole, NULL) ? NULL : REAL(mkdtemp)(pattern);
}

int mkstemp(char *pattern) {
    char whole[PATH_MAX];
    int ours = is_ours(pattern, whole);
    if (ours && refused("new", whole, NULL)) return -1;
    int file = REAL(mkstemp)(pattern);
    return ours && is_ours(pattern, whole) ? note(file, whole, 1) : file;
}

int mkstemp64(char *pattern) { return mkstemp(pattern); }

static ssize_t write_stream(void *cookie, const char *bytes, size_t count) {
    size_t written = 0;
    while (written < count) {
        ssize_t length = write((intptr_t)cookie, bytes + written, count - written);
        if (length < 0) break;
        written += length;
    }
    return written;
}

static ssize_t read_stream(void *cookie, char *bytes, size_t count) { return read((intptr_t)cookie, bytes, count); }
static int close_stream(void *cookie) { return close((intptr_t)cookie); }

static int seek_stream(void *cookie, off64_t *place, int from) {
    off64_t found = lseek64((intptr_t)cookie, *place, from);
    if (found >= 0) *place = found;
    return found < 0 ? -1 : 0;
}

static FILE *stream(int file, const char *mode) {
    cookie_io_functions_t calls = {read_stream, write_stream, seek_stream, close_stream};
    return fopencookie((void *)(intptr_t)file, mode, calls);
}

static FILE *open_stream(const char *path, const char *mode, FILE *(*next)(const char *, const char *)) {
    char whole[PATH_MAX];
    if (!is_ours(path, whole)) return next(path, mode);
    if (*mode == 'r' && !strchr(mode, '+')) return refused("read", whole, NULL) ? NULL : next(path, mode);
    int flags = strchr(mode, '+') ? O_RDWR : O_WRONLY;
    if (*mode != 'r') flags |= O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
    int file = open_file(AT_FDCWD, path, flags | (strchr(mode, 'e') ? O_CLOEXEC : 0), 0666);
    return file < 0 ? NULL : stream(file, mode);
}

FILE *fopen(const char *path, const char *mode) { return open_stream(path, mode, REAL(fopen)); }
FILE *fopen64(const char *path, const char *mode) { return open_stream(path, mode, REAL(fopen64)); }

FILE *fdopen(int file, const char *mode) {
    char path[PATH_MAX];
    return path_of(file, path) && opened[file].writes ? stream(file, mode) : REAL(fdopen)(file, mode);
}
