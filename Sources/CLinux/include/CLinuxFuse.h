/* What libfuse 3.14 offers in a form that Swift can not import, or does not offer yet. */
#ifndef UPLOADFS_CLINUX_FUSE_H
#define UPLOADFS_CLINUX_FUSE_H

struct fuse_session;

/* Receives a formatted message of libfuse; `level` is a syslog priority (3 error, 4 warning, 6 information, 7 debug). */
typedef void (*clinux_fuse_log_handler)(int level, const char *message);

/* Sends libfuse's messages, of all sessions of the process, to `handler` instead of stderr. */
void clinux_fuse_set_log_handler(clinux_fuse_log_handler handler);

/* Adds to the INIT reply of a mounted session what libfuse 3.14 does not know: FUSE_HANDLE_KILLPRIV_V2 and
   FUSE_DIRECT_IO_ALLOW_MMAP, if the kernel offers them. Returns 0, or a negative errno. */
int clinux_fuse_extend_init(struct fuse_session *session);

#endif
