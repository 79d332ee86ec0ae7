/* Handles, each with its socket, and the addresses that they are bound to. */

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
