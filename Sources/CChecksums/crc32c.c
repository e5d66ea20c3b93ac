#include "CChecksums.h"

#include <pthread.h>
#include <string.h>

/* The polynomial 0x1EDC6F41, bits reversed. */
#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
        }
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int slice = 1; slice < 8; slice++) {
            table[slice][byte] = (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];
        }
    }
}

uint32_t crc32c_update_portable(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&table_once, fill_table);
    const unsigned char *p = bytes;
    crc = ~crc;
    while (length >= 8) {
        uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24]
            ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
        p += 8;
        length -= 8;
    }
    while (length-- > 0) {
        crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xff];
    }
    return ~crc;
}

/* x^(2^n) modulo the polynomial, for each n up to that of the longest length in bits. */
#define POWERS 67

static uint32_t powers[POWERS];
static pthread_once_t powers_once = PTHREAD_ONCE_INIT;

/* The product of two polynomials modulo the polynomial. Bit 31 stands for x^0, since all is reversed. */
static uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
        if (a & bit) {
            product ^= b;
        }
        b = (b >> 1) ^ ((b & 1) ? POLYNOMIAL : 0);
    }
    return product;
}

static void fill_powers(void) {
    powers[0] = 1u << 30;
    for (int n = 1; n < POWERS; n++) {
        powers[n] = multiply(powers[n - 1], powers[n - 1]);
    }
}

#if defined(__x86_64__)

#define HAS_INSTRUCTION __builtin_cpu_supports("sse4.2")
#define WITH_INSTRUCTION __attribute__((target("sse4.2")))

WITH_INSTRUCTION static inline uint32_t add_word(uint32_t state, uint64_t word) {
    return (uint32_t)__builtin_ia32_crc32di(state, word);
}

WITH_INSTRUCTION static inline uint32_t add_byte(uint32_t state, unsigned char byte) {
    return __builtin_ia32_crc32qi(state, byte);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

#define HAS_INSTRUCTION 1
#define WITH_INSTRUCTION

static inline uint32_t add_word(uint32_t state, uint64_t word) {
    return __crc32cd(state, word);
}

static inline uint32_t add_byte(uint32_t state, unsigned char byte) {
    return __crc32cb(state, byte);
}

#endif

#if defined(WITH_INSTRUCTION)

static inline uint64_t word_at(const unsigned char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* The length of a lane is 2^LANE_BITS bits. */
#define LANE_BITS 16
#define LANE ((size_t)1 << (LANE_BITS - 3))

/* Three lanes side by side: the instruction's result comes three cycles after its operands, but one can begin in each cycle. The
   states of the first two are then moved past the bytes that follow. */
WITH_INSTRUCTION static uint32_t add_lanes(uint32_t first, const unsigned char *p) {
    uint32_t second = 0;
    uint32_t third = 0;
    for (const unsigned char *end = p + LANE; p < end; p += 8) {
        first = add_word(first, word_at(p));
        second = add_word(second, word_at(p + LANE));
        third = add_word(third, word_at(p + 2 * LANE));
    }
    return multiply(powers[LANE_BITS + 1], first) ^ multiply(powers[LANE_BITS], second) ^ third;
}

WITH_INSTRUCTION static uint32_t update_by_instruction(uint32_t crc, const void *bytes, size_t length) {
    const unsigned char *p = bytes;
    uint32_t state = ~crc;
    pthread_once(&powers_once, fill_powers);
    for (; length >= 3 * LANE; p += 3 * LANE, length -= 3 * LANE) {
        state = add_lanes(state, p);
    }
    for (; length >= 8; p += 8, length -= 8) {
        state = add_word(state, word_at(p));
    }
    for (; length > 0; p++, length--) {
        state = add_byte(state, *p);
    }
    return ~state;
}

#endif

uint32_t crc32c_update(uint32_t crc, const void *bytes, size_t length) {
#if defined(WITH_INSTRUCTION)
    if (HAS_INSTRUCTION) {
        return update_by_instruction(crc, bytes, length);
    }
#endif
    return crc32c_update_portable(crc, bytes, length);
}

uint32_t crc32c_combine(uint32_t first, uint32_t second, uint64_t second_length) {
    pthread_once(&powers_once, fill_powers);
    /* The first CRC is moved past 8 * second_length bits: multiplied by that power of x. */
    for (int n = 3; second_length != 0; n++, second_length >>= 1) {
        if (second_length & 1) {
            first = multiply(powers[n], first);
        }
    }
    return first ^ second;
}
