/* Round trips: the answering end, and the closed loop of ping-pong. */

/* Wait for what comes; or ask until something has, or the handle is closed. */
static ssize_t receive(int fd, char *buffer, size_t size, bool busy) {
    if (!busy) return recv(fd, buffer, size, 0);
    struct pollfd over = {fd, 0, 0};
    for (unsigned asked = 1;; asked++) {
        ssize_t got = recv(fd, buffer, size, MSG_DONTWAIT);
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return got;
        /* Datagrams do not say that their socket was shut down; now and then, ask that. */
        if (asked % 256 == 0 && poll(&over, 1, 0) > 0) return 0;
    }
}

/* As much as is wanted, less at the end of the stream. */
static ssize_t read_full(int fd, char *buffer, size_t size, bool busy) {
    size_t got = 0;
    while (got < size) {
        ssize_t more = receive(fd, buffer + got, size - got, busy);
        if (more < 0) return -1;
        if (!more) break;
        got += (size_t)more;
    }
    return (ssize_t)got;
}

/* --- answering ------------------------------------------------------------------------------- */

static void work_pong(Request *r) {
    Handle *one = existing(r);
    size_t size = message_size(r);
    char *buffer = room(r, (long)size + 1);
    Address peer;
    socklen_t length = sizeof peer;
    bool stream = one->type == SOCK_STREAM, known = getpeername(one->fd, &peer.any, &length) == 0, busy = truth(r, "busy");
    int fd = one->fd;
    one->answers = true;
    set_delay(r, fd);
    own_socket(fd);
    r->begin = now();
    for (;;) {
        length = sizeof peer;
        ssize_t got = stream ? read_full(fd, buffer, size, busy)
            : known ? receive(fd, buffer, size, busy) : recvfrom(fd, buffer, size, 0, &peer.any, &length);
        if (got <= 0 || (stream && got < (ssize_t)size)) break;
        ssize_t sent = stream ? send_all(fd, buffer, (size_t)got, 0)
            : known ? send(fd, buffer, (size_t)got, 0) : sendto(fd, buffer, (size_t)got, 0, &peer.any, length);
        if (sent < 0) break;
    }
    r->end = now();
}

/* --- the closed loop ------------------------------------------------------------------------- */

static inline Outcome trip(Player *player, int fd, uint64_t *took) {
    const char *message = player->messages[player->played % 2];
    uint64_t begin = now();
    ssize_t got = player->stream ? send_all(fd, message, player->size, 0) : send(fd, message, player->size, 0);
    if (got >= 0) got = player->stream ? read_full(fd, player->buffer, player->size, player->busy)
        : receive(fd, player->buffer, player->size + 1, player->busy);
    *took = now() - begin;
    if (got < 0) return FAILED;
    if (player->stream && got < (ssize_t)player->size) return ENDED;
    if (got != (ssize_t)player->size || memcmp(player->buffer, message, player->size)) return WRONG;
    player->played++;
    return FINE;
}

static Outcome play_ping(Request *r, Handle *one, size_t trips, size_t drop) {
    (void)r;
    Player *player = one->player;
    for (size_t i = 0; i < trips; i++) {
        uint64_t took;
        Outcome outcome = trip(player, one->fd, &took);
        if (outcome) return outcome;
        if (i >= drop) keep_sample(player, took);
    }
    return FINE;
}

static void work_ping_open(Request *r) {
    Handle *one = existing(r);
    Player *player = with_messages(r, player_of(r, one, play_ping));
    player->busy = truth(r, "busy");
    set_delay(r, one->fd);
}
