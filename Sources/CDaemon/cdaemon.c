#define _GNU_SOURCE
#include "CDaemon.h"

#include <sys/syscall.h>
#include <unistd.h>

pid_t daemon_fork(void) { return fork(); }

int daemon_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
