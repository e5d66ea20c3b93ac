#ifndef UPLOADFS_CDAEMON_H
#define UPLOADFS_CDAEMON_H

#include <sys/types.h>

/* fork(2). Swift's Glibc module hides it, because a forked process that had threads can not go on safely. The caller sees to
   it that the calling thread is the only one. */
pid_t daemon_fork(void);

/* Closes every descriptor but the standard streams and `kept`. */
void daemon_close_all_but(int kept);

/* pidfd_open(2), which glibc wraps only from 2.36 on: a descriptor that becomes readable when the process ends, and that can
   not mean another process which got the same id later. Returns -1 and sets errno on failure. */
int daemon_pidfd_open(pid_t pid);

#endif
