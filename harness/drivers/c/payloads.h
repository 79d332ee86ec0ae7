/* Payloads made of their descriptions, and bytes described, with SHA-256 and SHAKE-128. */

static void sha256(const unsigned char *data, size_t size, char *hex) {
    static const uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
        0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
        0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
        0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
        0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t blocks = (size + 9 + 63) / 64;
    for (size_t b = 0; b < blocks; b++) {
        unsigned char block[64];
        uint32_t w[64], s[8];
        for (size_t i = 0; i < 64; i++) {
            size_t at = b * 64 + i;
            block[i] = at < size ? data[at] : at == size ? 0x80 : 0;
            if (at >= blocks * 64 - 8) block[i] = (unsigned char)((uint64_t)size * 8 >> 8 * (blocks * 64 - 1 - at));
        }
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
#define ROR(x, n) ((x) >> (n) | (x) << (32 - (n)))
        for (int i = 16; i < 64; i++)
            w[i] = w[i - 16] + (ROR(w[i - 15], 7) ^ ROR(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7]
                + (ROR(w[i - 2], 17) ^ ROR(w[i - 2], 19) ^ w[i - 2] >> 10);
        memcpy(s, h, sizeof s);
        for (int i = 0; i < 64; i++) {
            uint32_t a = s[7] + (ROR(s[4], 6) ^ ROR(s[4], 11) ^ ROR(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
            uint32_t c = (ROR(s[0], 2) ^ ROR(s[0], 13) ^ ROR(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            memmove(s + 1, s, 28);
            s[4] += a;
            s[0] = a + c;
        }
        for (int i = 0; i < 8; i++) h[i] += s[i];
    }
    for (int i = 0; i < 8; i++) sprintf(hex + 8 * i, "%08x", h[i]);
}

static void keccak(uint64_t *a) {
    static const int turns[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
    static const int lanes[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
    uint64_t c[5], t, round = 1;
#define ROL(x, n) ((x) << (n) | (x) >> (64 - (n)))
    for (int i = 0; i < 24; i++) {
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; x++)
            for (int y = 0; y < 25; y += 5) a[x + y] ^= c[(x + 4) % 5] ^ ROL(c[(x + 1) % 5], 1);
        t = a[1];
        for (int x = 0; x < 24; x++) { uint64_t kept = a[lanes[x]]; a[lanes[x]] = ROL(t, turns[x]); t = kept; }
        for (int y = 0; y < 25; y += 5) {
            memcpy(c, a + y, sizeof c);
            for (int x = 0; x < 5; x++) a[x + y] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
        }
        for (int j = 0; j < 7; j++) { /* the round's constant, of a shift register */
            round = (round << 1 ^ (round >> 7) * 0x71) & 0xFF;
            if (round & 2) a[0] ^= 1ull << ((1 << j) - 1);
        }
    }
}

static void shake128(const char *seed, size_t size, Text *out, size_t wanted) {
    enum { RATE = 168 };
    uint64_t state[25] = {0};
    unsigned char *bytes = (unsigned char *)state; /* little-endian, as every machine meant here */
    for (size_t i = 0; i < size; i++) {
        bytes[i % RATE] ^= (unsigned char)seed[i];
        if (i % RATE == RATE - 1) keccak(state);
    }
    bytes[size % RATE] ^= 0x1F;
    bytes[RATE - 1] ^= 0x80;
    for (; wanted; wanted -= wanted < RATE ? wanted : RATE) {
        keccak(state);
        add(out, bytes, wanted < RATE ? wanted : RATE);
    }
}

static void payload(Request *r, const Json *json, Text *out);

static void payload_of(Request *r, const Json *json, Text *out) {
    Json *hex = get(json, "hex"), *counting = get(json, "counting"), *seeded = get(json, "seeded"), *repeat = get(json, "repeat");
    if (hex && hex->kind == STRING) {
        for (const char *at = hex->text; *(at += strspn(at, " \t\n")); at += 2) {
            unsigned byte;
            if (sscanf(at, "%2x", &byte) != 1) give_up(r, "broken", "hex takes pairs of digits");
            add(out, &(char){(char)byte}, 1);
        }
    } else if (counting) {
        for (size_t i = 0; i < (size_t)counting->number; i++) add(out, &(char){(char)(i % 251)}, 1);
    } else if (seeded) {
        Json *seed = get(json, "seed");
        char number[32];
        snprintf(number, sizeof number, "%ld", seed ? (long)seed->number : 0L);
        const char *text = !seed ? "" : seed->kind == STRING ? seed->text : number;
        shake128(text, strlen(text), out, (size_t)seeded->number);
    } else if (repeat && get(json, "size")) {
        size_t size = (size_t)get(json, "size")->number, first = out->size, end = first + size;
        if (size) payload(r, repeat, out);
        size_t unit = out->size - first;
        if (size && !unit) give_up(r, "broken", "repeat takes at least one byte");
        while (out->size < end) add(out, &(char){out->at[out->size - unit]}, 1);
        out->size = end;
    } else give_up(r, "broken", "a payload has one of the keys hex, counting, seeded, repeat");
}

static void payload(Request *r, const Json *json, Text *out) {
    if (!json) give_up(r, "broken", "the argument data is missing; it is a payload");
    if (json->kind == STRING) add(out, json->text, json->size);
    else if (json->kind == LIST) for (Json *one = json->first; one; one = one->next) payload(r, one, out);
    else payload_of(r, json, out);
    add(out, "", 0);
}

static void describe(Text *values, const char *data, size_t size) {
    say(values, "\"data\":{\"size\":%zu,\"head\":\"", size);
    for (size_t i = 0; i < size && i < 64; i++) say(values, "%02x", (unsigned char)data[i]);
    add(values, "\"", 1);
    if (size > 64) {
        char hex[65];
        sha256((const unsigned char *)data, size, hex);
        say(values, ",\"sha256\":\"%s\"", hex);
    }
    add(values, "}", 1);
}
