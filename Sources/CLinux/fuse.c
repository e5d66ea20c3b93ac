#define FUSE_USE_VERSION 312
#define _GNU_SOURCE

#include "CLinuxFuse.h"

#include <fcntl.h>
#include <fuse_log.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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

/* Of <linux/mount.h>, where older headers lack them. */
#define MOUNT_SETATTR_CALL 442
#define MOUNT_NO_SYMBOLIC_LINKS 0x00200000

struct mount_attributes {
    uint64_t set;
    uint64_t clear;
    uint64_t propagation;
    uint64_t user_namespace;
};

int clinux_refuse_symbolic_links(const char *path) {
    struct mount_attributes attributes = {.set = MOUNT_NO_SYMBOLIC_LINKS};
    return (int)syscall(MOUNT_SETATTR_CALL, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &attributes, sizeof attributes);
}
