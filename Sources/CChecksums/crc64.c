#include "CChecksums.h"

#include <pthread.h>

/* The polynomial 0x42F0E1EBA9EA3693 of ECMA-182, bits reversed. */
#define POLYNOMIAL 0xc96c5795d7870f42u
#define SLICES 8
/* x^(2^n) for each n up to that of the longest length in bits. */
#define POWERS 67

static uint64_t table[SLICES][256];
static uint64_t powers[POWERS];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

/* The product of two polynomials modulo the polynomial. Bit 63 stands for x^0, since all is reversed. */
static uint64_t multiply(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    for (uint64_t bit = 1ull << 63; bit != 0; bit >>= 1) {
        if (a & bit) {
            product ^= b;
        }
        b = (b >> 1) ^ ((b & 1) ? POLYNOMIAL : 0);
    }
    return product;
}

static void fill_tables(void) {
    for (uint64_t byte = 0; byte < 256; byte++) {
        uint64_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
        }
        table[0][byte] = crc;
    }
    for (int byte = 0; byte < 256; byte++) {
        for (int slice = 1; slice < SLICES; slice++) {
            table[slice][byte] = (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];
        }
    }
    powers[0] = 1ull << 62;
    for (int n = 1; n < POWERS; n++) {
        powers[n] = multiply(powers[n - 1], powers[n - 1]);
    }
}

uint64_t crc64_update(uint64_t crc, const void *bytes, size_t length) {
    pthread_once(&tables_once, fill_tables);
    const unsigned char *p = bytes;
    crc = ~crc;
    while (length >= 8) {
        uint64_t word = 0;
        for (int i = 0; i < 8; i++) {
            word |= (uint64_t)p[i] << (8 * i);
        }
        word ^= crc;
        crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff] ^ table[4][(word >> 24) & 0xff]
            ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff] ^ table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
        p += 8;
        length -= 8;
    }
    while (length-- > 0) {
        crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xff];
    }
    return ~crc;
}

uint64_t crc64_combine(uint64_t first, uint64_t second, uint64_t second_length) {
    pthread_once(&tables_once, fill_tables);
    /* The first CRC is moved past 8 * second_length bits: multiplied by that power of x. */
    for (int n = 3; second_length != 0; n++, second_length >>= 1) {
        if (second_length & 1) {
            first = multiply(powers[n], first);
        }
    }
    return first ^ second;
}
