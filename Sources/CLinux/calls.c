#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

const long clinux_utime_now = UTIME_NOW;
const long clinux_utime_omit = UTIME_OMIT;
const int clinux_o_tmpfile = O_TMPFILE;

int clinux_renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned flags) {
    return renameat2(old_directory, old_path, new_directory, new_path, flags);
}

int clinux_fallocate(int descriptor, int mode, off_t offset, off_t length) {
    return fallocate(descriptor, mode, offset, length);
}

ssize_t clinux_read_cached(int descriptor, void *bytes, size_t length, off_t offset) {
    struct iovec buffer = {.iov_base = bytes, .iov_len = length};
    return preadv2(descriptor, &buffer, 1, offset, RWF_NOWAIT);
}

ssize_t clinux_copy_file_range(int from, off_t from_offset, int to, off_t to_offset, size_t length) {
    return copy_file_range(from, &from_offset, to, &to_offset, length, 0);
}

int clinux_lock_exclusively(int descriptor) {
    return flock(descriptor, LOCK_EX | LOCK_NB);
}

static pthread_once_t lease_once = PTHREAD_ONCE_INIT;

static void ignore_lease_breaks(void) {
    signal(SIGIO, SIG_IGN);
}

int clinux_has_writers(int descriptor) {
    /* The signal for a lease that an open breaks at this very moment would end the process. */
    pthread_once(&lease_once, ignore_lease_breaks);
    /* A read lease is given only while nobody has the file open for writing (fcntl(2), "Leases"). */
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
        return fcntl(descriptor, F_SETLEASE, F_UNLCK);
    }
    return errno == EAGAIN ? 1 : -1;
}

int clinux_rwlock_init(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t attributes;
    int failure = pthread_rwlockattr_init(&attributes);
    if (failure != 0) {
        return failure;
    }
    failure = pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    if (failure == 0) {
        failure = pthread_rwlock_init(lock, &attributes);
    }
    pthread_rwlockattr_destroy(&attributes);
    return failure;
}

static void ignore_signal(int number) {
    (void)number;
}

int clinux_accept_wake_up_signal(void) {
    /* Without SA_RESTART, so that the interrupted call returns EINTR. */
    struct sigaction action = {.sa_handler = ignore_signal};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGURG, &action, NULL) != 0) {
        return -1;
    }
    /* A thread that a dispatch queue's worker has started inherits its mask, which blocks nearly all signals. */
    sigset_t wake_up;
    sigemptyset(&wake_up);
    sigaddset(&wake_up, SIGURG);
    return pthread_sigmask(SIG_UNBLOCK, &wake_up, NULL) == 0 ? 0 : -1;
}

int clinux_set_undumpable(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
