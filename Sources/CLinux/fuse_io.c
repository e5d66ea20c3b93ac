/* Reads the kernel's requests and writes the replies of one FUSE session in libfuse's place, to add to some replies what
   libfuse 3.14 does not know. */
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE

#include "CLinuxFuse.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* Flags of INIT that older headers lack, less the 32 bits that are in `flags`.
   FUSE_DIRECT_IO_ALLOW_MMAP (protocol 7.39): a file whose reads and writes go around the page cache can be mapped shared.
   FUSE_PASSTHROUGH (7.40): reads and writes of an open file can go to a backing file of the daemon's. */
#define DIRECT_IO_ALLOW_MMAP_2 (1u << 4)
#define PASSTHROUGH_2 (1u << 5)

/* FOPEN_PASSTHROUGH, and what fuse_open_out calls padding in older headers. */
#define OPEN_PASSTHROUGH (1u << 7)

struct open_reply {
    uint64_t handle;
    uint32_t flags;
    int32_t backing;
};

/* The reply to INIT, from `flags2` on. */
struct init_reply_extension {
    uint32_t flags2;
    uint32_t max_stack_depth;
};

struct backing_map {
    int32_t descriptor;
    uint32_t flags;
    uint64_t padding;
};

#define BACKING_OPEN _IOW(229, 1, struct backing_map)
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

/* The kernel's INIT request that this thread has read and libfuse is about to answer, on this same thread, before it reads
   anything else. `unique` is 0 when there is none; the kernel never uses 0. */
static _Thread_local struct {
    uint64_t unique;
    uint32_t offered;
    uint32_t offered2;
    int wants_passthrough;
    int has_passthrough;
} init_request;

/* The backing file for the OPEN or CREATE that this thread answers next; 0 for none. */
static _Thread_local int32_t next_backing;

static ssize_t read_request(int descriptor, void *buffer, size_t size, void *userdata) {
    (void)userdata;
    ssize_t count = read(descriptor, buffer, size);
    const struct fuse_in_header *header = buffer;
    if (count >= (ssize_t)(sizeof *header + offsetof(struct fuse_init_in, flags2)) && header->opcode == FUSE_INIT) {
        const struct fuse_init_in *init = (const void *)(header + 1);
        init_request.unique = header->unique;
        init_request.offered = init->flags;
        init_request.offered2 = init->flags & FUSE_INIT_EXT ? init->flags2 : 0;
    }
    return count;
}

static void extend_init(struct iovec *reply) {
    if (reply->iov_len < offsetof(struct fuse_init_out, max_background)) {
        return;
    }
    struct fuse_init_out *init = reply->iov_base;
    init->flags |= init_request.offered & FUSE_HANDLE_KILLPRIV_V2;
    if (reply->iov_len < offsetof(struct fuse_init_out, flags2) + sizeof(struct init_reply_extension)) {
        return;
    }
    struct init_reply_extension *extension = (void *)((char *)init + offsetof(struct fuse_init_out, flags2));
    uint32_t wanted = DIRECT_IO_ALLOW_MMAP_2 | (init_request.wants_passthrough ? PASSTHROUGH_2 : 0);
    extension->flags2 |= init_request.offered2 & wanted;
    if (extension->flags2 != 0) {
        init->flags |= FUSE_INIT_EXT;
    }
    if (extension->flags2 & PASSTHROUGH_2) {
        /* Backing files are on a file system of their own, not on one that is stacked on another. */
        extension->max_stack_depth = 1;
        init_request.has_passthrough = 1;
    }
}

/* The reply to OPEN ends with what the reply to CREATE ends with, too. */
static void extend_open(struct iovec *reply) {
    if (reply->iov_len < sizeof(struct open_reply)) {
        return;
    }
    struct open_reply *open = (void *)((char *)reply->iov_base + reply->iov_len - sizeof *open);
    open->flags = (open->flags & ~(uint32_t)(FOPEN_KEEP_CACHE | FOPEN_DIRECT_IO)) | OPEN_PASSTHROUGH;
    open->backing = next_backing;
}

static ssize_t write_reply(int descriptor, struct iovec *pieces, int count, void *userdata) {
    (void)userdata;
    const struct fuse_out_header *header = pieces[0].iov_base;
    int has_body = header->error == 0 && count == 2;
    if (init_request.unique != 0) {
        if (has_body && header->unique == init_request.unique) {
            extend_init(&pieces[1]);
        }
        init_request.unique = 0;
    } else if (next_backing != 0) {
        if (has_body) {
            extend_open(&pieces[1]);
        }
        next_backing = 0;
    }
    return writev(descriptor, pieces, count);
}

int clinux_fuse_answer_init(struct fuse_session *session, int wants_passthrough, int *has_passthrough) {
    static const struct fuse_custom_io io = {.writev = write_reply, .read = read_request};
    int failure = fuse_session_custom_io(session, &io, fuse_session_fd(session));
    if (failure != 0) {
        return failure;
    }
    init_request.wants_passthrough = wants_passthrough;
    init_request.has_passthrough = 0;
    struct fuse_buf request = {.mem = NULL};
    int length;
    do {
        length = fuse_session_receive_buf(session, &request);
    } while (length == -EINTR);
    if (length > 0) {
        fuse_session_process_buf(session, &request);
    }
    free(request.mem);
    *has_passthrough = init_request.has_passthrough;
    /* 0 is a mount that somebody has undone already. */
    return length > 0 ? 0 : length == 0 ? -ENODEV : length;
}

int clinux_fuse_backing_open(int connection, int descriptor) {
    struct backing_map map = {.descriptor = descriptor};
    return ioctl(connection, BACKING_OPEN, &map);
}

int clinux_fuse_backing_close(int connection, int backing) {
    uint32_t id = (uint32_t)backing;
    return ioctl(connection, BACKING_CLOSE, &id);
}

void clinux_fuse_back_next_open(int backing) {
    next_backing = backing;
}

int clinux_fuse_forget_attributes(int connection, unsigned long node) {
    /* A negative offset leaves the pages alone. */
    struct fuse_notify_inval_inode_out node_out = {.ino = node, .off = -1};
    struct fuse_out_header header = {.len = sizeof header + sizeof node_out, .error = FUSE_NOTIFY_INVAL_INODE};
    struct iovec pieces[2] = {{&header, sizeof header}, {&node_out, sizeof node_out}};
    return writev(connection, pieces, 2) < 0 ? -1 : 0;
}
