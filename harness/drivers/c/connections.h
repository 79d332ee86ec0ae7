/* Making connections.
 *
 * One that is made, carries a byte and ends leaves no TIME_WAIT: the server closes first,
 * the client then ends with a reset, which takes the server's half away too. */

static int is_over(const Handle *listener) {
    int on = 0;
    socklen_t size = sizeof on;
    return getsockopt(listener->fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) || !on;
}

static void work_welcome(Request *r) {
    Handle *one = existing(r);
    int fd = one->fd;
    one->answers = true;
    for (unsigned number = 0;; number++) {
        int conn = accept(fd, NULL, NULL), kept = errno;
        if (conn < 0) {
            if (is_over(one)) return;
            fail(r, kept);
        }
        char said = (char)(number % 251);
        ssize_t sent = send(conn, &said, 1, 0);
        kept = errno;
        close(conn);
        if (sent < 0) fail(r, kept);
    }
}

static Outcome play_connect(Request *r, Handle *one, size_t trips, size_t drop) {
    (void)r;
    Player *player = one->player;
    const struct linger reset = {1, 0};
    for (size_t i = 0; i < trips; i++) {
        char said[2];
        uint64_t begin = now();
        int fd = socket(one->family, one->type | SOCK_CLOEXEC, 0);
        if (fd < 0) return FAILED;
        ssize_t got = connect(fd, &player->to.any, player->to_size) ? -1 : recv(fd, said, sizeof said, 0);
        int kept = errno;
        if (one->family != AF_UNIX) setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
        uint64_t took = now() - begin;
        errno = kept;
        if (got < 0) return FAILED;
        if (got != 1 || (unsigned char)said[0] != player->played % 251) return WRONG;
        player->played++;
        if (i >= drop) keep_sample(player, took);
    }
    return FINE;
}

/* A handle without a socket of its own, at which a player hangs. */
static Handle *bodiless(Request *r) {
    const char *name = free_name(r, r->handle), *transport = word(r, "transport");
    for (size_t i = 0; i < COUNT(TRANSPORTS); i++)
        if (!strcmp(TRANSPORTS[i].name, transport)) return keep(name, -1, TRANSPORTS[i].family, TRANSPORTS[i].type);
    give_up(r, "broken", "there is no transport %s", transport);
}

static void work_connect_open(Request *r) {
    Handle *one = bodiless(r);
    Player *player = player_of(r, one, play_connect);
    player->unit = "from connection";
    player->to_size = address(r, "to", one->family, &player->to);
}
