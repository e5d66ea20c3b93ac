/* Linux calls and constants that Swift's Glibc module lacks. The _GNU_SOURCE declarations are used in the .c files only: with
   the macro in a public header, this module and Glibc would disagree about types such as fd_set. */
#ifndef UPLOADFS_CLINUX_H
#define UPLOADFS_CLINUX_H

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/xattr.h>

#include "CLinuxFuse.h"

extern const long clinux_utime_now;
extern const long clinux_utime_omit;

/* Each returns what the call of the same name returns, -1 with errno set on failure. */
int clinux_renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned flags);
int clinux_fallocate(int descriptor, int mode, off_t offset, off_t length);
/* preadv2(2) with RWF_NOWAIT: reads what needs no waiting for the disk. EAGAIN where that is nothing, EOPNOTSUPP where the file
   system cannot tell. */
ssize_t clinux_read_cached(int descriptor, void *bytes, size_t length, off_t offset);
ssize_t clinux_copy_file_range(int from, off_t from_offset, int to, off_t to_offset, size_t length);
/* Takes an exclusive flock(2) without waiting; EWOULDBLOCK when another process has it. */
int clinux_lock_exclusively(int descriptor);

/* The flag of open(2) for a file without a name. */
extern const int clinux_o_tmpfile;

/* Whether anybody has the file open for writing, or mapped so, by any way: 1 or 0, or -1 with errno set. `descriptor` is open
   for reading only. The process ignores SIGIO from then on. */
int clinux_has_writers(int descriptor);

/* A lock that lets a waiting writer go before new readers. It must not be taken twice by one thread. */
int clinux_rwlock_init(pthread_rwlock_t *lock);

/* A buffer of at least `size` bytes that belongs to the calling thread and is freed when the thread ends; NULL when there is
   no memory. A later call by the same thread returns the same memory, moved if it has to grow. */
void *clinux_thread_buffer(size_t size);

/* prctl(2) with PR_SET_DUMPABLE 0: no core file, and no tracing by other processes of the user. */
int clinux_set_undumpable(void);

/* Makes SIGURG interrupt a blocking call of the calling thread when it is sent to it, and do nothing else. */
int clinux_accept_wake_up_signal(void);

#endif
