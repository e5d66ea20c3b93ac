/* What libfuse 3.14 offers in a form that Swift cannot import, or does not offer yet. */
#ifndef UPLOADFS_CLINUX_FUSE_H
#define UPLOADFS_CLINUX_FUSE_H

struct fuse_session;

/* Receives a formatted message of libfuse; `level` is a syslog priority (3 error, 4 warning, 6 information, 7 debug). */
typedef void (*clinux_fuse_log_handler)(int level, const char *message);

/* Sends libfuse's messages, of all sessions of the process, to `handler` instead of stderr. */
void clinux_fuse_set_log_handler(clinux_fuse_log_handler handler);

/* Answers the kernel's INIT for a session that is just mounted, and adds to the reply what libfuse 3.14 does not know, where
   the kernel offers it: FUSE_HANDLE_KILLPRIV_V2, FUSE_DIRECT_IO_ALLOW_MMAP and, if it is wanted, FUSE_PASSTHROUGH, of which
   `has_passthrough` tells whether it is agreed. Returns 0, or a negative errno. */
int clinux_fuse_answer_init(struct fuse_session *session, int wants_passthrough, int *has_passthrough);

/* Lets the kernel read and write the file behind `descriptor` itself. `connection` is the session's descriptor. Returns a
   number above 0 for the backing file, or -1 with errno set. */
int clinux_fuse_backing_open(int connection, int descriptor);

/* The number can be used for no further open file; those that have it keep it. */
int clinux_fuse_backing_close(int connection, int backing);

/* The OPEN or CREATE that this thread answers next gets this backing file. 0 takes that back. */
void clinux_fuse_back_next_open(int backing);

/* Lets the kernel forget the attributes of a node; its pages stay. Returns 0, or -1 with errno set. */
int clinux_fuse_forget_attributes(int connection, unsigned long node);

/* Has the kernel follow no symbolic link on the mount at `path`; mount_setattr(2) with MOUNT_ATTR_NOSYMFOLLOW. Asks nothing of the
   file system. Returns 0, or -1 with errno set. */
int clinux_refuse_symbolic_links(const char *path);

#endif
