#define FUSE_USE_VERSION 312
#define _GNU_SOURCE

#include "CLinuxFuse.h"

#include <fuse_log.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static clinux_fuse_log_handler log_handler;

static void forward_log(enum fuse_log_level level, const char *format, va_list arguments) {
    char message[1024];
    int length = vsnprintf(message, sizeof message, format, arguments);
    if (length < 0) {
        return;
    }
    size_t end = strlen(message);
    if (end > 0 && message[end - 1] == '\n') {
        message[end - 1] = '\0';
    }
    log_handler(level, message);
}

void clinux_fuse_set_log_handler(clinux_fuse_log_handler handler) {
    log_handler = handler;
    fuse_set_log_func(forward_log);
}

/* The kernel's INIT request that this thread has read and libfuse is about to answer, on this same thread, before it reads
   anything else. `unique` is 0 when there is none; the kernel never uses 0. */
static _Thread_local struct {
    uint64_t unique;
    uint32_t offered;
    uint32_t offered2;
} init_request;

/* FUSE_DIRECT_IO_ALLOW_MMAP, bit 36 of the flags (protocol 7.39), which older headers lack: a file whose reads and writes go
   around the page cache can be mapped shared all the same. */
#define DIRECT_IO_ALLOW_MMAP_2 (1u << 4)

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

static ssize_t write_reply(int descriptor, struct iovec *pieces, int count, void *userdata) {
    (void)userdata;
    if (init_request.unique != 0) {
        const struct fuse_out_header *header = pieces[0].iov_base;
        if (header->unique == init_request.unique && header->error == 0 && count == 2
            && pieces[1].iov_len >= offsetof(struct fuse_init_out, max_background)) {
            struct fuse_init_out *init = pieces[1].iov_base;
            init->flags |= init_request.offered & FUSE_HANDLE_KILLPRIV_V2;
            if (init_request.offered2 & DIRECT_IO_ALLOW_MMAP_2
                && pieces[1].iov_len >= offsetof(struct fuse_init_out, flags2) + sizeof init->flags2) {
                init->flags |= FUSE_INIT_EXT;
                init->flags2 |= DIRECT_IO_ALLOW_MMAP_2;
            }
        }
        init_request.unique = 0;
    }
    return writev(descriptor, pieces, count);
}

int clinux_fuse_extend_init(struct fuse_session *session) {
    static const struct fuse_custom_io io = {.writev = write_reply, .read = read_request};
    return fuse_session_custom_io(session, &io, fuse_session_fd(session));
}
