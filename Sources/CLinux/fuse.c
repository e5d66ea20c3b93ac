#define FUSE_USE_VERSION 312

#include "CLinuxFuse.h"

#include <fuse_log.h>
#include <stdio.h>
#include <string.h>

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
