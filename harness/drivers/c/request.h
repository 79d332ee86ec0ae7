/* One request: what it asks for, and how it ends, by longjmp when it cannot go on; and the names of
 * errors, flags and options. */

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
