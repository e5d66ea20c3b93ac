#include "CLinux.h"

#include <stdlib.h>

struct buffer {
    size_t size;
    void *bytes;
};

static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static int key_failure;

static void free_buffer(void *argument) {
    struct buffer *buffer = argument;
    free(buffer->bytes);
    free(buffer);
}

static void create_key(void) {
    key_failure = pthread_key_create(&key, free_buffer);
}

static struct buffer *buffer_of_this_thread(void) {
    pthread_once(&key_once, create_key);
    if (key_failure != 0) {
        return NULL;
    }
    struct buffer *buffer = pthread_getspecific(key);
    if (buffer == NULL) {
        buffer = calloc(1, sizeof *buffer);
        if (buffer != NULL && pthread_setspecific(key, buffer) != 0) {
            free(buffer);
            return NULL;
        }
    }
    return buffer;
}

void *clinux_thread_buffer(size_t size) {
    struct buffer *buffer = buffer_of_this_thread();
    if (buffer == NULL) {
        return NULL;
    }
    if (buffer->size < size) {
        void *bytes = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
        if (bytes == NULL) {
            return NULL;
        }
        free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->size = size;
    }
    return buffer->bytes;
}
