// A network file system at its worst, for LD_PRELOAD by Scripts/test-cluster: what other processes make in LATE_FOLDER is
// seen LATE_SECONDS later, unless this process has changed the folder that it lies in meanwhile, which makes a client ask
// the server again; every 50th file that is opened to be read, or asked for, was replaced meanwhile (ESTALE); flock holds
// for nobody; and this machine's clock is LATE_CLOCK seconds behind the server's.
#define _GNU_SOURCE
#include "../preload.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct { char folder[600]; double at; } changes[4096];
static int count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static int is_ours(const char *path) {
    const char *folder = getenv("LATE_FOLDER");
    return folder && path && strlen(path) < 600 && strncmp(path, folder, strlen(folder)) == 0;
}

// The entry of the folder that a path lies in.
static int entry_of(const char *path) {
    char folder[600];
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(changes[i].folder, folder) == 0) return i;
    }
    if (count == 4096) abort();
    strcpy(changes[count].folder, folder);
    return count++;
}

static void note_change(const char *path) {
    int kept = errno;
    if (is_ours(path)) {
        pthread_mutex_lock(&mutex);
        changes[entry_of(path)].at = now() + 0.01;
        pthread_mutex_unlock(&mutex);
    }
    errno = kept;
}

static int is_late(const char *path) {
    if (!is_ours(path)) return 0;
    struct statx status;
    int kept = errno;
    if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BTIME | STATX_TYPE, &status) != 0 || !S_ISREG(status.stx_mode)) {
        errno = kept;
        return 0;
    }
    double born = status.stx_btime.tv_sec + status.stx_btime.tv_nsec * 1e-9;
    pthread_mutex_lock(&mutex);
    double changed = changes[entry_of(path)].at;
    pthread_mutex_unlock(&mutex);
    errno = kept;
    if (now() - born > atof(getenv("LATE_SECONDS")) || changed >= born) return 0;
    errno = ENOENT;
    return 1;
}

// Whether the client's handle is an old one: it is so once, and the next call gets the new one.
static int is_stale(const char *path) {
    static int calls;
    if (!is_ours(path) || __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 50) return 0;
    errno = ESTALE;
    return 1;
}

static int open_file(int folder, const char *path, int flags, mode_t mode) {
    if (flags & O_CREAT) note_change(path);
    else if (is_late(path)) return -1;
    return syscall(SYS_openat, folder, path, flags, mode);
}

int stat(const char *path, struct stat *result) { return is_late(path) ? -1 : REAL(stat)(path, result); }
int lstat(const char *path, struct stat *result) { return is_late(path) ? -1 : REAL(lstat)(path, result); }
int access(const char *path, int mode) { return is_late(path) || is_stale(path) ? -1 : REAL(access)(path, mode); }

static FILE *open_stream(const char *path, const char *mode, FILE *(*next)(const char *, const char *)) {
    if (*mode == 'r' && (is_late(path) || is_stale(path))) return NULL;
    if (*mode != 'r') note_change(path);
    return next(path, mode);
}

FILE *fopen(const char *path, const char *mode) { return open_stream(path, mode, REAL(fopen)); }
FILE *fopen64(const char *path, const char *mode) { return open_stream(path, mode, REAL(fopen64)); }

int link(const char *from, const char *to) {
    int result = REAL(link)(from, to);
    note_change(to);
    return result;
}

int rename(const char *from, const char *to) {
    int result = REAL(rename)(from, to);
    note_change(to);
    return result;
}

int unlink(const char *path) {
    int result = REAL(unlink)(path);
    note_change(path);
    return result;
}

int flock(int file, int operation) {
    (void)file;
    (void)operation;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *behind = clock == CLOCK_REALTIME ? getenv("LATE_CLOCK") : NULL;
    if (behind) time->tv_sec -= atoi(behind);
    return result;
}
