/* Makes the N-th write, fsync, rename or mkdir below one folder fail, or end the process. Preloaded; see tests/torture/system_calls.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE, FSYNC, RENAME, MKDIR, KINDS };

static char folder[PATH_MAX];
static atomic_int armed = -1, fails_at, error_code, seen[KINDS];

void onetable_arm(const char *below, int kind, int number, int code) {
    snprintf(folder, sizeof folder, "%s", below);
    for (int each = 0; each < KINDS; each++) seen[each] = 0;
    fails_at = number;
    error_code = code;
    armed = kind;
}

int onetable_seen(int kind) { return seen[kind]; }

static int is_below(const char *path) { return folder[0] && path && !strncmp(path, folder, strlen(folder)); }

static int is_file_below(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

enum { DIES = -1, DIES_HALF_WRITTEN = -2 };

/* Whether this call is the one; error 0 stands for a short write. A process that dies does so before the call. */
static int is_due(int kind) {
    int number = atomic_fetch_add(&seen[kind], 1) + 1;
    int due = kind == armed && number == fails_at;
    if (due && error_code == DIES) kill(getpid(), SIGKILL);
    return due;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

/* How much of a write at a known place a killed process leaves: the kernel copies page by page and looks for a signal
 * only between them, so that nothing within one page is torn (power loss could: not shown here). */
static size_t whole_pages(size_t length, off64_t at) {
    off64_t end = (at + (off64_t)(length / 2)) & ~(off64_t)4095;
    return end > at ? (size_t)(end - at) : 0;
}

#define FAILING_WRITE(name, parameters, length, call, shorter, left) \
    ssize_t name parameters { \
        REAL(name); \
        if (armed >= 0 && is_file_below(descriptor) && is_due(WRITE)) { \
            if (error_code == DIES_HALF_WRITTEN) { (void)!(left); kill(getpid(), SIGKILL); } \
            if (error_code) { errno = error_code; return -1; } \
            if (length > 1) return shorter; \
        } \
        return call; \
    }

FAILING_WRITE(write, (int descriptor, const void *from, size_t length), length,
              real(descriptor, from, length), real(descriptor, from, length / 2), real(descriptor, from, length / 2))
FAILING_WRITE(pwrite, (int descriptor, const void *from, size_t length, off_t at), length,
              real(descriptor, from, length, at), real(descriptor, from, length / 2, at),
              real(descriptor, from, whole_pages(length, at), at))
FAILING_WRITE(pwrite64, (int descriptor, const void *from, size_t length, off64_t at), length,
              real(descriptor, from, length, at), real(descriptor, from, length / 2, at),
              real(descriptor, from, whole_pages(length, at), at))

#define FAILING(name, kind, parameters, is_ours, call) \
    int name parameters { \
        REAL(name); \
        if (armed >= 0 && (is_ours) && is_due(kind)) { errno = error_code; return -1; } \
        return call; \
    }

FAILING(fsync, FSYNC, (int descriptor), is_file_below(descriptor), real(descriptor))
FAILING(fdatasync, FSYNC, (int descriptor), is_file_below(descriptor), real(descriptor))
FAILING(rename, RENAME, (const char *from, const char *to), is_below(to), real(from, to))
FAILING(mkdir, MKDIR, (const char *path, mode_t mode), is_below(path), real(path, mode))
