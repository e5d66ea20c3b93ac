/* Checksums over bytes that come in pieces.

   CRC-32C is Castagnoli's (RFC 3720 section 12.1), by the processor's own instruction where it has one.
   CRC-64 is CRC-64/XZ: the polynomial of ECMA-182, reflected, which begins and ends with all bits inverted. */
#ifndef UPLOADFS_CCHECKSUMS_H
#define UPLOADFS_CCHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of everything that `crc` stands for followed by `length` bytes at `bytes`. 0 stands for nothing. */
uint32_t crc32c_update(uint32_t crc, const void *bytes, size_t length);

/* The same by table, on any processor; public so that the two can be compared in a test. */
uint32_t crc32c_update_portable(uint32_t crc, const void *bytes, size_t length);

/* The CRC of what `first` stands for followed by `second_length` bytes that `second` stands for. */
uint32_t crc32c_combine(uint32_t first, uint32_t second, uint64_t second_length);

/* As the functions for CRC-32C. */
uint64_t crc64_update(uint64_t crc, const void *bytes, size_t length);
uint64_t crc64_combine(uint64_t first, uint64_t second, uint64_t second_length);

#endif
