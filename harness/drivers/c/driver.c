/* The driver in C: the system's calls and nothing between. See ../PROTOCOL.md.
 *
 * Made for two things: to show that the protocol asks for no Python, and as the floor below every
 * latency that is measured. One program on purpose, built with `cc -O2 -pthread driver.c`. It holds:
 * texts that grow, JSON in, payloads (with SHA-256 and SHAKE-128), handles, operations, and the loop
 * that answers; the workloads stand in the .h files beside it. A request that cannot be understood
 * ends in `broken` by longjmp. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/syscall.h>
#define SYSTEM "linux"
#elif defined(__APPLE__)
#define SYSTEM "darwin"
#else
#define SYSTEM "unix"
#endif
#ifdef __VERSION__
#define COMPILER __VERSION__
#else
#define COMPILER "cc"
#endif

/* --- texts that grow ------------------------------------------------------------------------- */

typedef struct { char *at; size_t size, room; } Text;

static void *need(void *memory) {
    if (!memory) { perror("driver"); _exit(3); }
    return memory;
}

static void add(Text *text, const void *bytes, size_t size) {
    if (text->size + size + 1 > text->room) {
        text->room = (text->size + size + 1) * 2;
        text->at = need(realloc(text->at, text->room));
    }
    if (size) memcpy(text->at + text->size, bytes, size);
    text->size += size;
    text->at[text->size] = 0;
}

static void say(Text *text, const char *format, ...) {
    char line[512];
    va_list rest;
    va_start(rest, format);
    int size = vsnprintf(line, sizeof line, format, rest);
    va_end(rest);
    add(text, line, size < (int)sizeof line ? (size_t)size : sizeof line - 1);
}

static void say_string(Text *text, const char *bytes, size_t size) {
    add(text, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') say(text, "\\%c", c);
        else if (c < 32) say(text, "\\u%04x", c);
        else add(text, bytes + i, 1);
    }
    add(text, "\"", 1);
}

/* --- JSON in --------------------------------------------------------------------------------- */

typedef enum { NIL, BOOL, NUMBER, STRING, LIST, OBJECT } Kind;
typedef struct Json Json;
struct Json { Kind kind; bool whole; double number; char *text; size_t size; char *key; Json *first, *next; };

static void json_free(Json *json) {
    while (json) {
        Json *next = json->next;
        json_free(json->first);
        free(json->text);
        free(json->key);
        free(json);
        json = next;
    }
}

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

static void add_utf8(Text *text, unsigned code) {
    char bytes[4];
    int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = size - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(lead[size] | code);
    add(text, bytes, (size_t)size);
}

static const char *json_string(const char *at, char **found, size_t *size) {
    Text text = {0};
    add(&text, "", 0);
    for (at++; *at && *at != '"'; at++) {
        if (*at != '\\') { add(&text, at, 1); continue; }
        const char *plain = "\"\\/bfnrt", *means = "\"\\/\b\f\n\r\t", *which = strchr(plain, *++at);
        if (which && *at) { add(&text, means + (which - plain), 1); continue; }
        unsigned code, low;
        if (*at != 'u' || sscanf(at + 1, "%4x", &code) != 1) break;
        at += 4;
        if (code >= 0xD800 && code < 0xDC00 && sscanf(at + 1, "\\u%4x", &low) == 1) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        add_utf8(&text, code);
    }
    *found = text.at;
    *size = text.size;
    return *at == '"' ? at + 1 : NULL;
}

static const char *json_value(const char *at, Json **found, int depth);

static const char *json_children(const char *at, Json *json, int depth) {
    char end = *at == '[' ? ']' : '}';
    json->kind = *at == '[' ? LIST : OBJECT;
    Json **last = &json->first;
    at = blank(at + 1);
    if (*at == end) return at + 1;
    for (;;) {
        char *key = NULL;
        size_t size;
        if (json->kind == OBJECT) {
            if (*at != '"' || !(at = json_string(at, &key, &size))) { free(key); return NULL; }
            at = blank(at);
            if (*at++ != ':') { free(key); return NULL; }
        }
        at = json_value(blank(at), last, depth + 1);
        if (*last) (*last)->key = key; else free(key);
        if (!at) return NULL;
        last = &(*last)->next;
        at = blank(at);
        if (*at == end) return at + 1;
        if (*at != ',') return NULL;
        at = blank(at + 1);
    }
}

static const char *json_value(const char *at, Json **found, int depth) {
    static const struct { const char *word; Kind kind; double number; } words[] = {
        {"null", NIL, 0}, {"true", BOOL, 1}, {"false", BOOL, 0}};
    if (depth > 100) return NULL;
    Json *json = *found = need(calloc(1, sizeof **found));
    if (*at == '"') { json->kind = STRING; return json_string(at, &json->text, &json->size); }
    if (*at == '[' || *at == '{') return json_children(at, json, depth);
    for (size_t i = 0; i < 3; i++)
        if (!strncmp(at, words[i].word, strlen(words[i].word))) {
            json->kind = words[i].kind;
            json->number = words[i].number;
            return at + strlen(words[i].word);
        }
    char *end;
    json->kind = NUMBER;
    json->number = strtod(at, &end);
    json->whole = !memchr(at, '.', (size_t)(end - at)) && !memchr(at, 'e', (size_t)(end - at));
    return end == at ? NULL : end;
}

static __attribute__((noinline)) Json *get(const Json *json, const char *key) {
    Json *one = json && json->kind == OBJECT ? json->first : NULL;
    while (one && strcmp(one->key, key)) one = one->next;
    return one;
}

/* --- one request ----------------------------------------------------------------------------- */

typedef struct {
    Json *message, *args;
    const char *handle;
    Text values;      /* the reply's `values`, without its braces */
    Text out;         /* memory that ends with the request */
    uint64_t begin, end;
    const char *kind; /* of the reply, when it is not `ok` */
    int number;       /* errno of an `error` */
    char what[400];
    jmp_buf stop;
} Request;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static _Noreturn void give_up(Request *r, const char *kind, const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    vsnprintf(r->what, sizeof r->what, format, rest);
    va_end(rest);
    r->kind = kind;
    longjmp(r->stop, 1);
}

static _Noreturn void fail(Request *r, int number) {
    r->number = number;
    give_up(r, "error", "%s", strerror(number));
}

/* The call on trial, with the clock directly around it. An error ends the request. */
#define CALL(r, result, call) do { \
    (r)->begin = now(); result = (call); int kept_ = errno; (r)->end = now(); \
    if (result < 0) fail(r, kept_); } while (0)

static long integer(Request *r, const char *name, const long *fallback) {
    Json *json = get(r->args, name);
    if (!json && fallback) return *fallback;
    if (!json || json->kind != NUMBER || !json->whole) give_up(r, "broken", "the argument %s must be a whole number", name);
    return (long)json->number;
}

static const char *word(Request *r, const char *name) {
    Json *json = get(r->args, name);
    if (!json || json->kind != STRING) give_up(r, "broken", "the argument %s must be a text", name);
    return json->text;
}

static double seconds(Request *r, const char *name, double fallback) {
    Json *json = get(r->args, name);
    if (!json) return fallback;
    return json->kind == NUMBER ? json->number : -1;
}

/* --- names of numbers ------------------------------------------------------------------------ */

typedef struct { const char *name; int value, level; } Named;
#define N(x) {#x, x, 0}
static const Named ERRORS[] = {N(EAGAIN), N(EACCES), N(EADDRINUSE), N(EADDRNOTAVAIL), N(EAFNOSUPPORT), N(EALREADY),
    N(EBADF), N(ECONNABORTED), N(ECONNREFUSED), N(ECONNRESET), N(EDESTADDRREQ), N(EEXIST), N(EFAULT), N(EHOSTUNREACH),
    N(EINPROGRESS), N(EINTR), N(EINVAL), N(EIO), N(EISCONN), N(EMFILE), N(EMSGSIZE), N(ENAMETOOLONG), N(ENETUNREACH),
    N(ENFILE), N(ENOBUFS), N(ENODEV), N(ENOENT), N(ENOMEM), N(ENOPROTOOPT), N(ENOSYS), N(ENOTCONN), N(ENOTDIR),
    N(ENOTSOCK), N(EOPNOTSUPP), N(EPERM), N(EPIPE), N(EPROTO), N(EPROTONOSUPPORT), N(EPROTOTYPE), N(ESRCH), N(ETIMEDOUT)};
static const Named FLAGS[] = {N(MSG_OOB), N(MSG_PEEK), N(MSG_DONTROUTE), N(MSG_WAITALL), N(MSG_DONTWAIT), N(MSG_NOSIGNAL),
    N(MSG_TRUNC), N(MSG_CTRUNC), N(MSG_EOR),
#ifdef MSG_MORE
    N(MSG_MORE), N(MSG_ERRQUEUE), N(MSG_CONFIRM),
#endif
};
static const Named EVENTS[] = {{"IN", POLLIN, 0}, {"PRI", POLLPRI, 0}, {"OUT", POLLOUT, 0}, {"ERR", POLLERR, 0},
    {"HUP", POLLHUP, 0}, {"NVAL", POLLNVAL, 0},
#ifdef POLLRDHUP
    {"RDHUP", POLLRDHUP, 0},
#endif
};
#define O(x) {#x, x, SOL_SOCKET}
#define T(x) {#x, x, IPPROTO_TCP}
static const Named OPTIONS[] = {O(SO_BROADCAST), O(SO_ERROR), O(SO_KEEPALIVE), O(SO_RCVBUF), O(SO_SNDBUF), O(SO_REUSEADDR),
    O(SO_TYPE), O(SO_LINGER), O(SO_ACCEPTCONN), O(SO_OOBINLINE), O(SO_RCVLOWAT), O(SO_REUSEPORT), O(SO_RCVTIMEO),
    O(SO_SNDTIMEO), T(TCP_NODELAY), T(TCP_MAXSEG), T(TCP_KEEPCNT), T(TCP_KEEPIDLE), T(TCP_KEEPINTVL),
#ifdef __linux__
    O(SO_PROTOCOL), O(SO_DOMAIN), T(TCP_CORK), T(TCP_QUICKACK), T(TCP_USER_TIMEOUT), T(TCP_DEFER_ACCEPT), T(TCP_LINGER2), T(TCP_SYNCNT),
#endif
    {"IPV6_V6ONLY", IPV6_V6ONLY, IPPROTO_IPV6}, {"IP_TTL", IP_TTL, IPPROTO_IP}, {"IP_TOS", IP_TOS, IPPROTO_IP}};
#define COUNT(table) (sizeof table / sizeof *table)

static const Named *named(const Named *table, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].name, name)) return table + i;
    return NULL;
}

static const char *error_name(int number) {
    static _Thread_local char other[24];
    for (size_t i = 0; i < COUNT(ERRORS); i++)
        if (ERRORS[i].value == number) return ERRORS[i].name;
    snprintf(other, sizeof other, "errno %d", number);
    return number ? other : "none";
}

/* One name or a list of names, as one number. */
static int bits(Request *r, const char *argument, const Named *table, size_t count, int fallback) {
    Json *json = get(r->args, argument);
    if (!json || json->kind == NIL) return fallback;
    int found = 0;
    for (Json *one = json->kind == LIST ? json->first : json; one; one = json->kind == LIST ? one->next : NULL) {
        const Named *known = one->kind == STRING ? named(table, count, one->text) : NULL;
        if (!known) give_up(r, "unsupported", "this driver does not know %s of %s", one->text ? one->text : "that", argument);
        found |= known->value;
    }
    return found;
}

static int flags(Request *r) { return bits(r, "flags", FLAGS, COUNT(FLAGS), 0); }

/* --- payloads -------------------------------------------------------------------------------- */

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

/* --- handles --------------------------------------------------------------------------------- */

typedef struct Player Player;
typedef struct Handle Handle;
struct Handle { char *name; int fd, family, type; bool bound, answers; Player *player; Handle *next; };

static Handle *handles;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static char scratch[4096];
static int paths, source, sink;
typedef struct Started Started;
struct Started { char *line; const char *handle; Started *next; };
static Started *running;

static const struct { const char *name; int family, type; } TRANSPORTS[] = {
    {"tcp4", AF_INET, SOCK_STREAM}, {"tcp6", AF_INET6, SOCK_STREAM}, {"udp4", AF_INET, SOCK_DGRAM},
    {"udp6", AF_INET6, SOCK_DGRAM}, {"unix-stream", AF_UNIX, SOCK_STREAM}, {"unix-dgram", AF_UNIX, SOCK_DGRAM},
    {"unix-seqpacket", AF_UNIX, SOCK_SEQPACKET}};

static Handle *find(const char *name) {
    Handle *one = handles;
    while (one && strcmp(one->name, name)) one = one->next;
    return one;
}

static Handle *existing(Request *r) {
    pthread_mutex_lock(&lock);
    Handle *one = r->handle ? find(r->handle) : NULL;
    pthread_mutex_unlock(&lock);
    if (!one) give_up(r, "broken", "there is no handle %s here", r->handle ? r->handle : "null");
    return one;
}

static const char *free_name(Request *r, const char *name) {
    if (!name || !*name) give_up(r, "broken", "a handle's name is a text");
    pthread_mutex_lock(&lock);
    Handle *one = find(name);
    bool taken = one && one->fd >= 0;
    pthread_mutex_unlock(&lock);
    if (taken) give_up(r, "broken", "the handle %s is in use; close it first", name);
    return name;
}

static Handle *keep(const char *name, int fd, int family, int type) {
    pthread_mutex_lock(&lock);
    Handle *one = find(name);
    if (!one) {
        one = need(calloc(1, sizeof *one));
        one->name = need(strdup(name));
        one->next = handles;
        handles = one;
    }
    one->fd = fd;
    one->family = family;
    one->type = type;
    one->bound = one->answers = false;
    pthread_mutex_unlock(&lock);
    return one;
}

static Handle *made(Request *r, int protocol) {
    free_name(r, r->handle);
    const char *transport = word(r, "transport");
    for (size_t i = 0; i < COUNT(TRANSPORTS); i++)
        if (!strcmp(TRANSPORTS[i].name, transport)) {
            int fd;
            CALL(r, fd, socket(TRANSPORTS[i].family, TRANSPORTS[i].type | SOCK_CLOEXEC, protocol));
            return keep(r->handle, fd, TRANSPORTS[i].family, TRANSPORTS[i].type);
        }
    give_up(r, "broken", "there is no transport %s", transport);
}

/* The socket of that name, be it open or closed (its calls say EBADF then), or a new one. */
static Handle *opened(Request *r) {
    pthread_mutex_lock(&lock);
    Handle *one = r->handle ? find(r->handle) : NULL;
    pthread_mutex_unlock(&lock);
    return one ? one : made(r, 0);
}

/* --- addresses ------------------------------------------------------------------------------- */

typedef union { struct sockaddr any; struct sockaddr_in four; struct sockaddr_in6 six; struct sockaddr_un path; } Address;

static socklen_t path_address(Request *r, Address *to, const char *path, size_t size, bool abstract) {
    if (size + abstract >= sizeof to->path.sun_path) give_up(r, "unsupported", "the path has no room in a struct sockaddr_un");
    to->path.sun_family = AF_UNIX;
    if (size == 0 && !abstract) return offsetof(struct sockaddr_un, sun_path); /* the kernel names it */
    memcpy(to->path.sun_path + abstract, path, size);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
}

static socklen_t address(Request *r, const char *argument, int family, Address *to) {
    Json *json = get(r->args, argument), *host = get(json, "host"), *port = get(json, "port");
    Json *path = get(json, "path"), *abstract = get(json, "abstract");
    memset(to, 0, sizeof *to);
    if (path && path->kind == STRING) return path_address(r, to, path->text, path->size, false);
    if (abstract && abstract->kind == STRING) return path_address(r, to, abstract->text, abstract->size, true);
    if (!host || !port) give_up(r, "broken", "an address is {host, port}, {path} or {abstract}");
    if (host->kind != STRING || port->kind != NUMBER || !port->whole || port->number < 0 || port->number > 65535)
        give_up(r, "unsupported", "in C an address is a text and a number that fits");
    to->any.sa_family = (sa_family_t)family;
    if (family == AF_INET) {
        to->four.sin_port = htons((uint16_t)port->number);
        if (inet_pton(AF_INET, host->text, &to->four.sin_addr) == 1) return sizeof to->four;
    } else if (family == AF_INET6) {
        Json *scope = get(json, "scope"), *flow = get(json, "flowinfo");
        to->six.sin6_port = htons((uint16_t)port->number);
        to->six.sin6_scope_id = scope ? (uint32_t)scope->number : 0;
        to->six.sin6_flowinfo = flow ? htonl((uint32_t)flow->number) : 0;
        if (inet_pton(AF_INET6, host->text, &to->six.sin6_addr) == 1) return sizeof to->six;
    }
    give_up(r, "unsupported", "names are not looked up here, and %s is no address of this family", host->text);
}

static void say_address(Text *values, const Address *of, socklen_t size) {
    char host[INET6_ADDRSTRLEN];
    if (size == 0) say(values, "null");
    else if (of->any.sa_family == AF_INET)
        say(values, "{\"host\":\"%s\",\"port\":%d}", inet_ntop(AF_INET, &of->four.sin_addr, host, sizeof host), ntohs(of->four.sin_port));
    else if (of->any.sa_family == AF_INET6) {
        say(values, "{\"host\":\"%s\",\"port\":%d", inet_ntop(AF_INET6, &of->six.sin6_addr, host, sizeof host), ntohs(of->six.sin6_port));
        if (of->six.sin6_flowinfo) say(values, ",\"flowinfo\":%u", ntohl(of->six.sin6_flowinfo));
        if (of->six.sin6_scope_id) say(values, ",\"scope\":%u", of->six.sin6_scope_id);
        add(values, "}", 1);
    } else {
        size_t room = size - offsetof(struct sockaddr_un, sun_path);
        bool abstract = room > 0 && size > offsetof(struct sockaddr_un, sun_path) && !of->path.sun_path[0];
        say(values, abstract ? "{\"abstract\":" : "{\"path\":");
        if (abstract) say_string(values, of->path.sun_path + 1, room - 1);
        else say_string(values, of->path.sun_path, strnlen(of->path.sun_path, room));
        add(values, "}", 1);
    }
}

static void say_own_name(Request *r, int fd) {
    Address own = {0};
    socklen_t size = sizeof own;
    getsockname(fd, &own.any, &size);
    say(&r->values, "\"name\":");
    say_address(&r->values, &own, size);
}

static void bind_it(Request *r, Handle *one) {
    Address own = {0};
    socklen_t size;
    int done;
    Json *asked = get(r->args, "address");
    if (asked && asked->kind != NIL) size = address(r, "address", one->family, &own);
    else if (one->family == AF_UNIX) {
        char path[sizeof scratch + 300];
        int length = snprintf(path, sizeof path, "%s/%s-%d.sock", scratch, one->name, ++paths);
        size = path_address(r, &own, path, (size_t)length, false);
    } else {
        own.any.sa_family = (sa_family_t)one->family;
        own.four.sin_addr.s_addr = one->family == AF_INET ? htonl(INADDR_LOOPBACK) : 0;
        if (one->family == AF_INET6) own.six.sin6_addr = in6addr_loopback;
        size = one->family == AF_INET ? sizeof own.four : sizeof own.six;
    }
    CALL(r, done, bind(one->fd, &own.any, size));
    one->bound = true;
}

/* --- operations ------------------------------------------------------------------------------ */

static void op_socket(Request *r) {
    const long usual = 0;
    made(r, (int)integer(r, "protocol", &usual));
}

static void op_bind(Request *r) {
    Handle *one = opened(r);
    bind_it(r, one);
    say_own_name(r, one->fd);
}

static void op_listen(Request *r) {
    Handle *one = opened(r);
    const long usual = 128;
    int done, backlog = (int)integer(r, "backlog", &usual);
    Json *asked = get(r->args, "address");
    if (!one->bound || (asked && asked->kind != NIL)) bind_it(r, one);
    CALL(r, done, listen(one->fd, backlog));
    say_own_name(r, one->fd);
}

static void op_accept(Request *r) {
    Handle *one = existing(r);
    const char *name = free_name(r, word(r, "as"));
    Address peer = {0};
    socklen_t size = sizeof peer;
    int fd;
    CALL(r, fd, accept(one->fd, &peer.any, &size));
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    keep(name, fd, one->family, one->type);
    say(&r->values, "\"peer\":");
    say_address(&r->values, &peer, size);
    say(&r->values, ",");
    say_own_name(r, fd);
}

static void op_connect(Request *r) {
    Handle *one = opened(r);
    Address to;
    socklen_t size = address(r, "to", one->family, &to);
    int done;
    CALL(r, done, connect(one->fd, &to.any, size));
    say_own_name(r, one->fd);
}

static void op_getsockname(Request *r) {
    Handle *one = existing(r);
    Address own = {0};
    socklen_t size = sizeof own;
    int done;
    CALL(r, done, getsockname(one->fd, &own.any, &size));
    say(&r->values, "\"name\":");
    say_address(&r->values, &own, size);
}

static void op_getpeername(Request *r) {
    Handle *one = existing(r);
    Address peer = {0};
    socklen_t size = sizeof peer;
    int done;
    CALL(r, done, getpeername(one->fd, &peer.any, &size));
    say(&r->values, "\"peer\":");
    say_address(&r->values, &peer, size);
}

static void op_shutdown(Request *r) {
    static const Named hows[] = {{"read", SHUT_RD, 0}, {"write", SHUT_WR, 0}, {"both", SHUT_RDWR, 0}};
    const Named *how = named(hows, COUNT(hows), word(r, "how"));
    Handle *one = existing(r);
    int done;
    if (!how) give_up(r, "broken", "shutdown's `how` is read, write or both");
    CALL(r, done, shutdown(one->fd, how->value));
}

static void player_free(Handle *one);

static void op_close(Request *r) {
    Handle *one = existing(r);
    int fd = one->fd, done;
    one->fd = -1;
    player_free(one);
    if (fd >= 0 && one->answers) shutdown(fd, SHUT_RDWR); /* closing alone would not wake it */
    if (fd >= 0) CALL(r, done, close(fd));
}

static void op_abort(Request *r) {
    Handle *one = existing(r);
    struct linger none = {1, 0};
    int done;
    CALL(r, done, setsockopt(one->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    op_close(r);
}

static void op_dup(Request *r) {
    Handle *one = existing(r);
    const char *name = free_name(r, word(r, "as"));
    int fd;
    CALL(r, fd, fcntl(one->fd, F_DUPFD_CLOEXEC, 0));
    keep(name, fd, one->family, one->type)->bound = one->bound;
}

static void op_socketpair(Request *r) {
    const char *second = free_name(r, word(r, "as"));
    free_name(r, r->handle);
    const char *transport = word(r, "transport");
    int fds[2], done;
    for (size_t i = 0; i < COUNT(TRANSPORTS); i++)
        if (!strcmp(TRANSPORTS[i].name, transport)) {
            CALL(r, done, socketpair(TRANSPORTS[i].family, TRANSPORTS[i].type | SOCK_CLOEXEC, 0, fds));
            keep(r->handle, fds[0], TRANSPORTS[i].family, TRANSPORTS[i].type);
            keep(second, fds[1], TRANSPORTS[i].family, TRANSPORTS[i].type);
            return;
        }
    give_up(r, "broken", "there is no transport %s", transport);
}

static void op_send(Request *r) {
    int asked = flags(r);
    payload(r, get(r->args, "data"), &r->out);
    Handle *one = existing(r);
    ssize_t sent;
    CALL(r, sent, send(one->fd, r->out.at, r->out.size, asked));
    say(&r->values, "\"count\":%zd", sent);
}

static ssize_t send_all(int fd, const char *data, size_t size, int asked) {
    for (size_t sent = 0; sent < size || size == 0;) {
        ssize_t more = send(fd, data + sent, size - sent, asked);
        if (more < 0) return -1;
        sent += (size_t)more;
        if (size == 0) break;
    }
    return (ssize_t)size;
}

/* The same in pieces, each of which is a message where messages are kept. */
static ssize_t send_pieces(int fd, const char *data, size_t size, size_t chunk, int asked) {
    for (size_t first = 0; first < size; first += chunk)
        if (send_all(fd, data + first, size - first < chunk ? size - first : chunk, asked) < 0) return -1;
    return (ssize_t)size;
}

static void op_sendall(Request *r) {
    int asked = flags(r);
    payload(r, get(r->args, "data"), &r->out);
    const long whole = 0;
    long chunk = integer(r, "chunk", &whole);
    Handle *one = existing(r);
    ssize_t sent;
    if (chunk > 0) CALL(r, sent, send_pieces(one->fd, r->out.at, r->out.size, (size_t)chunk, asked));
    else CALL(r, sent, send_all(one->fd, r->out.at, r->out.size, asked));
    say(&r->values, "\"count\":%zd", sent);
}

static void op_sendto(Request *r) {
    int asked = flags(r);
    payload(r, get(r->args, "data"), &r->out);
    Handle *one = opened(r);
    Address to;
    socklen_t size = address(r, "to", one->family, &to);
    ssize_t sent;
    CALL(r, sent, sendto(one->fd, r->out.at, r->out.size, asked, &to.any, size));
    say(&r->values, "\"count\":%zd", sent);
}

/* So many bytes, of which nothing is known yet. */
static char *room(Request *r, long size) {
    if (size < 0) give_up(r, "unsupported", "in C a size is never negative");
    r->out.at = need(realloc(r->out.at, (size_t)size + 1));
    return r->out.at;
}

static void op_recv(Request *r) {
    int asked = flags(r);
    long size = integer(r, "size", NULL);
    char *buffer = room(r, size);
    Handle *one = existing(r);
    ssize_t got;
    CALL(r, got, recv(one->fd, buffer, (size_t)size, asked));
    describe(&r->values, buffer, (size_t)got < (size_t)size ? (size_t)got : (size_t)size);
}

static void op_recvfrom(Request *r) {
    int asked = flags(r);
    long size = integer(r, "size", NULL);
    char *buffer = room(r, size);
    Handle *one = existing(r);
    Address peer = {0};
    socklen_t length = sizeof peer;
    ssize_t got;
    CALL(r, got, recvfrom(one->fd, buffer, (size_t)size, asked, &peer.any, &length));
    describe(&r->values, buffer, (size_t)got < (size_t)size ? (size_t)got : (size_t)size);
    say(&r->values, ",\"peer\":");
    say_address(&r->values, &peer, length);
}

static ssize_t recv_all(int fd, Text *into, size_t wanted, size_t chunk, long *calls) {
    while (into->size < wanted) {
        size_t ask = wanted - into->size < chunk ? wanted - into->size : chunk;
        if (into->size + ask + 1 > into->room) {
            into->room = (into->size + ask + 1) * 2;
            into->at = need(realloc(into->at, into->room));
        }
        ssize_t got = recv(fd, into->at + into->size, ask, 0);
        if (got < 0) return -1;
        ++*calls;
        if (got == 0) break;
        into->size += (size_t)got;
    }
    return 0;
}

static void op_recv_exactly(Request *r) {
    long size = integer(r, "size", NULL), chunk = integer(r, "chunk", &size), calls = 0;
    Handle *one = existing(r);
    ssize_t done;
    CALL(r, done, recv_all(one->fd, &r->out, (size_t)size, (size_t)chunk, &calls));
    describe(&r->values, r->out.at, r->out.size);
    say(&r->values, ",\"calls\":%ld", calls);
}

static void op_recv_until_eof(Request *r) {
    const long usual = 65536;
    long chunk = integer(r, "chunk", &usual), calls = 0;
    if (get(r->args, "chunks")) give_up(r, "unsupported", "this driver reads in chunks of one size");
    Handle *one = existing(r);
    ssize_t done;
    CALL(r, done, recv_all(one->fd, &r->out, SIZE_MAX / 4, (size_t)chunk, &calls));
    describe(&r->values, r->out.at, r->out.size);
    say(&r->values, ",\"calls\":%ld", calls);
}

static void op_fill(Request *r) {
    const long usual = 65536;
    long chunk = integer(r, "chunk", &usual), calls = 0, total = 0;
    Handle *one = existing(r);
    if (one->type == SOCK_DGRAM && one->family != AF_UNIX) give_up(r, "unsupported", "a UDP socket is never full");
    if (chunk < 1) give_up(r, "broken", "fill's chunk is at least 1");
    char *pattern = room(r, chunk + 251);
    for (long i = 0; i < chunk + 251; i++) pattern[i] = (char)(i % 251);
    r->begin = now();
    for (;;) {
        ssize_t sent = send(one->fd, pattern + total % 251, (size_t)chunk, MSG_DONTWAIT);
        if (sent < 0) break;
        total += sent;
        calls++;
    }
    int kept = errno;
    r->end = now();
    if (kept != EAGAIN && kept != EWOULDBLOCK) fail(r, kept);
    say(&r->values, "\"count\":%ld,\"calls\":%ld", total, calls);
}

static const Named *option(Request *r) {
    const Named *known = named(OPTIONS, COUNT(OPTIONS), word(r, "option"));
    if (!known || get(r->args, "level")) give_up(r, "unsupported", "this driver does not know the option %s", word(r, "option"));
    return known;
}

static void op_setsockopt(Request *r) {
    const Named *which = option(r);
    Json *value = get(r->args, "value"), *linger = get(value, "linger"), *time = get(value, "time");
    Handle *one = existing(r);
    int done, number = value ? (int)value->number : 0;
    if (linger && linger->first && linger->first->next) {
        struct linger how = {(int)linger->first->number, (int)linger->first->next->number};
        CALL(r, done, setsockopt(one->fd, which->level, which->value, &how, sizeof how));
    } else if (time) {
        struct timeval how = {(time_t)time->number, (suseconds_t)((time->number - (double)(long)time->number) * 1e6 + 0.5)};
        CALL(r, done, setsockopt(one->fd, which->level, which->value, &how, sizeof how));
    } else if (value && (value->kind == NUMBER || value->kind == BOOL)) {
        CALL(r, done, setsockopt(one->fd, which->level, which->value, &number, sizeof number));
    } else give_up(r, "unsupported", "this driver sets numbers, linger and times");
}

static void op_getsockopt(Request *r) {
    const Named *which = option(r);
    Handle *one = existing(r);
    int done, number = 0;
    socklen_t size = sizeof number;
    if (get(r->args, "length")) give_up(r, "unsupported", "this driver reads numbers, linger and times");
    if (which->value == SO_LINGER && which->level == SOL_SOCKET) {
        struct linger how;
        size = sizeof how;
        CALL(r, done, getsockopt(one->fd, which->level, which->value, &how, &size));
        say(&r->values, "\"value\":[%d,%d]", how.l_onoff, how.l_linger);
    } else if (which->level == SOL_SOCKET && (which->value == SO_RCVTIMEO || which->value == SO_SNDTIMEO)) {
        struct timeval how;
        size = sizeof how;
        CALL(r, done, getsockopt(one->fd, which->level, which->value, &how, &size));
        say(&r->values, "\"value\":{\"time\":%.6f}", (double)how.tv_sec + (double)how.tv_usec / 1e6);
    } else {
        CALL(r, done, getsockopt(one->fd, which->level, which->value, &number, &size));
        say(&r->values, "\"value\":%d", number);
    }
}

static void op_so_error(Request *r) {
    Handle *one = existing(r);
    int done, number = 0;
    socklen_t size = sizeof number;
    CALL(r, done, getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &number, &size));
    say(&r->values, "\"value\":\"%s\"", error_name(number));
}

static void op_fileno(Request *r) { say(&r->values, "\"fd\":%d", existing(r)->fd); }

static void say_events(Request *r, int mask, double wait) {
    struct pollfd ask = {existing(r)->fd, (short)mask, 0};
    int done;
    if (ask.fd < 0) { r->begin = r->end = now(); fail(r, EBADF); }
    CALL(r, done, poll(&ask, 1, wait < 0 ? -1 : (int)(wait * 1000 + 0.999)));
    say(&r->values, "\"events\":[");
    const char *comma = "";
    for (size_t i = 0; i < COUNT(EVENTS); i++)
        if (ask.revents & EVENTS[i].value) { say(&r->values, "%s\"%s\"", comma, EVENTS[i].name); comma = ","; }
    say(&r->values, "]");
}

static void op_poll(Request *r) {
    say_events(r, bits(r, "events", EVENTS, COUNT(EVENTS), POLLIN | POLLOUT), seconds(r, "timeout", 0));
}

static void op_quiet(Request *r) {
    int mask = POLLIN | POLLPRI;
#ifdef POLLRDHUP
    mask |= POLLRDHUP;
#endif
    say_events(r, mask, seconds(r, "for", 0.1));
}

static void count_of(Request *r, unsigned long which) {
    Handle *one = existing(r);
    int done, count = 0;
    CALL(r, done, ioctl(one->fd, which, &count));
    say(&r->values, "\"count\":%d", count);
}

static void op_fionread(Request *r) { count_of(r, FIONREAD); }
#ifdef TIOCOUTQ
static void op_outq(Request *r) { count_of(r, TIOCOUTQ); }
#endif

/* --- workloads ------------------------------------------------------------------------------- */

#include "players.h"
#include "trips.h"
#include "paced.h"
#include "streams.h"
#include "connections.h"
#include "fan_in.h"

#ifdef __linux__
static void work_place(Request *r) {
    Json *cpus = get(r->args, "cpus");
    const char *name = word(r, "policy");
    int policy = strcmp(name, "batch") ? SCHED_OTHER : SCHED_BATCH;
    if (!cpus || cpus->kind != LIST || !cpus->first) give_up(r, "broken", "cpus must be a list of CPU numbers");
    if (policy == SCHED_OTHER && strcmp(name, "other")) give_up(r, "broken", "policy must be batch or other, not %s", name);
    struct sched_param param = {0};
    cpu_set_t set;
    CPU_ZERO(&set);
    for (Json *one = cpus ? cpus->first : NULL; one; one = one->next) CPU_SET((int)one->number, &set);
    DIR *tasks = opendir("/proc/self/task");
    bool pinned = tasks != NULL, scheduled = tasks != NULL;
    for (struct dirent *task; tasks && (task = readdir(tasks));)
        if (atoi(task->d_name)) {
            pinned = sched_setaffinity(atoi(task->d_name), sizeof set, &set) == 0 && pinned;
            scheduled = sched_setscheduler(atoi(task->d_name), policy, &param) == 0 && scheduled;
        }
    if (tasks) closedir(tasks);
    say(&r->values, "\"cpus\":%s", pinned ? "[" : "null");
    const char *comma = "";
    for (int cpu = 0; pinned && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set)) { say(&r->values, "%s%d", comma, cpu); comma = ","; }
    say(&r->values, "%s,\"policy\":", pinned ? "]" : "");
    if (scheduled) say(&r->values, "\"%s\"", policy == SCHED_BATCH ? "batch" : "other");
    else say(&r->values, "null");
}
#endif

static void work_cpu_time(Request *r) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    say(&r->values, "\"ns\":%lld", (long long)time.tv_sec * 1000000000 + time.tv_nsec);
}

/* --- answering ------------------------------------------------------------------------------- */

typedef struct { const char *name; void (*perform)(Request *); } Operation;
#define OP(x) {#x, op_##x}
#define WORK(x) {#x, work_##x}
static const Operation OPERATIONS[] = {OP(socket), OP(bind), OP(listen), OP(accept), OP(connect), OP(getsockname), OP(getpeername),
    OP(shutdown), OP(close), OP(abort), OP(dup), OP(socketpair), OP(send), OP(sendall), OP(sendto), OP(recv), OP(recvfrom),
    OP(recv_exactly), OP(recv_until_eof), OP(fill), OP(setsockopt), OP(getsockopt), OP(so_error), OP(fileno), OP(poll), OP(quiet),
    OP(fionread),
#ifdef TIOCOUTQ
    OP(outq),
#endif
};
static const Operation WORKLOADS[] = {WORK(pong), WORK(ping_open), WORK(paced_open), WORK(sink),
    WORK(stream_open), WORK(welcome), WORK(connect_open), WORK(fan_open), WORK(turn), WORK(fetch), WORK(cpu_time),
#ifdef __linux__
    WORK(pong_many), WORK(place),
#endif
};

static void clear_scratch(bool and_itself) {
    DIR *folder = opendir(scratch);
    for (struct dirent *one; folder && (one = readdir(folder));)
        if (strcmp(one->d_name, ".") && strcmp(one->d_name, "..")) unlinkat(dirfd(folder), one->d_name, 0);
    if (folder) closedir(folder);
    if (and_itself) {
        rmdir(scratch);
        char *last = strrchr(scratch, '/');
        if (last && last != scratch) { *last = 0; rmdir(scratch); } /* the one above, when it is empty */
    }
}

static _Noreturn void leave(void) {
    clear_scratch(true);
    if (getpgrp() == getpid()) kill(0, SIGKILL);
    _exit(0);
}

static void *watch(void *nothing) {
    struct pollfd hung_up = {source, 0, 0};
    while (poll(&hung_up, 1, -1) < 1) continue;
    leave();
    return nothing;
}

static void put(Text *line) {
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    add(line, "\n", 1);
    pthread_mutex_lock(&turn);
    for (size_t done = 0; done < line->size;) {
        ssize_t more = write(sink, line->at + done, line->size - done);
        if (more < 0) leave();
        done += (size_t)more;
    }
    pthread_mutex_unlock(&turn);
    free(line->at);
}

static void reply(Request *r) {
    Json *id = get(r->message, "id");
    Text line = {0};
    say(&line, "{\"id\":%.0f,\"reply\":\"%s\",\"at\":[%llu,%llu],", id && id->whole ? id->number : 0.0, r->kind ? r->kind : "ok",
        (unsigned long long)r->begin, (unsigned long long)r->end);
    if (!r->kind) {
        say(&line, "\"values\":{");
        add(&line, r->values.at, r->values.size);
        say(&line, "}}");
    } else {
        if (*r->kind == 'e' && r->number > 0) say(&line, "\"error\":\"%s\",\"errno\":%d,", error_name(r->number), r->number);
        if (*r->kind == 'e' && r->number < 0) say(&line, "\"error\":\"WrongBytes\",");
        say(&line, "\"%s\":", *r->kind == 'e' ? "message" : *r->kind == 'u' ? "what" : "traceback");
        say_string(&line, r->what, strlen(r->what));
        add(&line, "}", 1);
    }
    put(&line);
}

static int wait_for_running(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (running && pthread_cond_timedwait(&ended, &lock, &until) == 0) continue;
    int left = 0;
    for (Started *one = running; one; one = one->next) left++;
    return left;
}

static void reset(Request *r) {
    pthread_mutex_lock(&lock);
    r->begin = now();
    for (Started *one = running; one; one = one->next) {
        Handle *inside = one->handle ? find(one->handle) : NULL;
        if (inside && inside->fd >= 0) shutdown(inside->fd, SHUT_RDWR);
    }
    wait_for_running();
    while (handles) {
        Handle *one = handles;
        handles = one->next;
        if (one->fd >= 0) close(one->fd);
        one->fd = -1; /* who asks it again and again sees that it is over */
        player_free(one);
        free(one->name);
        if (!running) free(one); /* one that is stuck may still look at it */
    }
    restore_limit();
    clear_scratch(false);
    say(&r->values, "\"stuck\":%d", wait_for_running());
    r->end = now();
    pthread_mutex_unlock(&lock);
}

static void perform(Request *r) {
    const char *name = get(r->message, "op")->text;
    if (!strcmp(name, "reset")) { reset(r); return; }
    for (size_t i = 0; i < COUNT(OPERATIONS); i++)
        if (!strcmp(OPERATIONS[i].name, name)) { OPERATIONS[i].perform(r); return; }
    for (size_t i = 0; i < COUNT(WORKLOADS); i++)
        if (!strcmp(WORKLOADS[i].name, name)) { WORKLOADS[i].perform(r); return; }
    give_up(r, "unsupported", "this driver has no operation %.100s", name);
}

static void check(Request *r, const char *line) {
    Json *op = get(r->message, "op"), *id = get(r->message, "id");
    if (!id || id->kind != NUMBER || !op || op->kind != STRING || (r->args && r->args->kind != OBJECT))
        give_up(r, "broken", "not a request: %.200s", line);
}

static void answer(char *line, Json *message) {
    Json *handle = get(message, "handle");
    Request r = {.message = message, .args = get(message, "args")};
    r.handle = handle && handle->kind == STRING ? handle->text : NULL;
    if (!setjmp(r.stop)) {
        check(&r, line);
        perform(&r);
    }
    if (!r.end) r.begin = r.end = now();
    reply(&r);
    free(r.values.at);
    free(r.out.at);
    json_free(message);
    free(line);
}

static void *answer_started(void *given) {
    Started *self = given;
    Json *message = NULL;
    json_value(blank(self->line), &message, 0);
    Json *handle = get(message, "handle");
    pthread_mutex_lock(&lock);
    self->handle = handle && handle->kind == STRING ? need(strdup(handle->text)) : NULL;
    pthread_mutex_unlock(&lock);
    Text event = {0};
#ifdef __linux__
    long thread = syscall(SYS_gettid);
#else
    long thread = 0;
#endif
    say(&event, "{\"id\":%.0f,\"event\":\"started\",\"thread\":%ld}", get(message, "id")->number, thread);
    put(&event);
    answer(self->line, message);
    pthread_mutex_lock(&lock);
    Started **one = &running;
    while (*one != self) one = &(*one)->next;
    *one = self->next;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
    free((char *)self->handle);
    free(self);
    return NULL;
}

static void take(const char *text, size_t size) {
    char *line = need(strndup(text, size));
    Json *message = NULL, *start;
    const char *end = json_value(blank(line), &message, 0);
    if (!end || *blank(end)) { json_free(message); message = NULL; }
    start = get(message, "start");
    if (!start || start->kind != BOOL || !start->number || !get(message, "id")) { answer(line, message); return; }
    Started *self = need(calloc(1, sizeof *self));
    self->line = line;
    json_free(message);
    pthread_mutex_lock(&lock);
    self->next = running;
    running = self;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_started, self)) _exit(4);
    pthread_detach(thread);
}

static void say_names(Text *line, const char *what, const Operation *table, size_t count) {
    say(line, "\"%s\":[", what);
    for (size_t i = 0; i < count; i++) say(line, "%s\"%s\"", i ? "," : "", table[i].name);
    say(line, "]");
}

static void greet(void) {
    Text line = {0};
    const char *comma = "";
    say(&line, "{\"hello\":{\"protocol\":1,\"implementation\":\"c\",\"version\":\"1\",\"runtime\":\"C %ld (%s)\",\"os\":\"%s\",\"pid\":%d,",
        __STDC_VERSION__, COMPILER, SYSTEM, (int)getpid());
    say_names(&line, "operations", OPERATIONS, COUNT(OPERATIONS));
    say(&line, ",");
    say_names(&line, "workloads", WORKLOADS, COUNT(WORKLOADS));
    say(&line, ",\"transports\":[");
    for (size_t i = 0; i < COUNT(TRANSPORTS); i++) {
        int fd = socket(TRANSPORTS[i].family, TRANSPORTS[i].type, 0);
        Address own = {.any.sa_family = (sa_family_t)TRANSPORTS[i].family};
        if (TRANSPORTS[i].family == AF_INET6) own.six.sin6_addr = in6addr_loopback;
        bool usable = fd >= 0 && (TRANSPORTS[i].family != AF_INET6 || bind(fd, &own.any, sizeof own.six) == 0);
        if (usable) { say(&line, "%s\"%s\"", comma, TRANSPORTS[i].name); comma = ","; }
        if (fd >= 0) close(fd);
    }
    say(&line, "]}}");
    put(&line);
}

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    if (count == 3 && !strcmp(words[1], "--scratch") && strlen(words[2]) < sizeof scratch) strcpy(scratch, words[2]);
    else if (count == 1) { strcpy(scratch, "/tmp/sockharness-XXXXXX"); need(mkdtemp(scratch)); }
    else { fprintf(stderr, "usage: %s [--scratch DIR]\n", words[0]); return 2; }
    mkdir(scratch, 0700);
    if (chdir(scratch)) { perror(scratch); return 2; }
    source = fcntl(0, F_DUPFD_CLOEXEC, 3);
    sink = fcntl(1, F_DUPFD_CLOEXEC, 3);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(2, 1);
    pthread_t watcher;
    if (pthread_create(&watcher, NULL, watch, NULL)) return 4;
    greet();
    Text read_so_far = {0};
    char chunk[65536];
    for (ssize_t got; (got = read(source, chunk, sizeof chunk)) > 0;) {
        add(&read_so_far, chunk, (size_t)got);
        char *line = read_so_far.at, *end;
        while ((end = memchr(line, '\n', read_so_far.size - (size_t)(line - read_so_far.at)))) {
            if ((size_t)(blank(line) - line) < (size_t)(end - line)) take(line, (size_t)(end - line));
            line = end + 1;
        }
        read_so_far.size -= (size_t)(line - read_so_far.at);
        memmove(read_so_far.at, line, read_so_far.size);
    }
    leave();
}
