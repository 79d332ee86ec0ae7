/* Operations that make, join, name and end sockets. */

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
