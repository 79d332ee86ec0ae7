/* Operations that send and receive. */

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
