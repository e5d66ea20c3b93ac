/* CRC-32C (Castagnoli, RFC 3720 section 12.1), by the processor's own instruction where it has one. */
#ifndef UPLOADFS_CCHECKSUMS_H
#define UPLOADFS_CCHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of everything that `crc` stands for followed by `length` bytes at `bytes`. 0 stands for nothing. */
uint32_t crc32c_update(uint32_t crc, const void *bytes, size_t length);

/* The same by table, on any processor; public so that the two can be compared in a test. */
uint32_t crc32c_update_portable(uint32_t crc, const void *bytes, size_t length);

#endif
