#define _GNU_SOURCE
#include "CDaemon.h"

#include <sys/syscall.h>
#include <unistd.h>

pid_t daemon_fork(void) { return fork(); }

void daemon_close_all_but(int kept) {
    if (kept > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, kept - 1, 0);
    close_range(kept + 1, ~0U, 0);
}

int daemon_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
