/* Many connections on one server, which waits for whichever is ready (epoll).
 *
 * Trips are played over one after the other; before the first turn one goes over each. */

static struct rlimit limit_before; /* rlim_cur is 0 while nothing was raised */

static void restore_limit(void) {
    if (limit_before.rlim_cur) setrlimit(RLIMIT_NOFILE, &limit_before);
    limit_before.rlim_cur = 0;
}

static void make_room(Request *r, size_t count) {
    struct rlimit limit;
    rlim_t need_now = count + 32;
    DIR *open_now = opendir("/dev/fd");
    while (open_now && readdir(open_now)) need_now++;
    if (open_now) closedir(open_now);
    if (getrlimit(RLIMIT_NOFILE, &limit) || need_now <= limit.rlim_cur) return;
    if (need_now > limit.rlim_max)
        give_up(r, "unsupported", "%zu connections need %llu descriptors, and this process may have %llu", count,
            (unsigned long long)need_now, (unsigned long long)limit.rlim_max);
    if (!limit_before.rlim_cur) limit_before = limit;
    limit.rlim_cur = need_now;
    setrlimit(RLIMIT_NOFILE, &limit);
}

#ifdef __linux__
static void serve_many(Request *r, Handle *listener, int ready_ones, int *conns, size_t most, size_t size) {
    char *buffer = room(r, (long)size);
    size_t count = 0;
    for (struct epoll_event event; epoll_wait(ready_ones, &event, 1, -1) == 1;) {
        int fd = event.data.fd;
        if (fd != listener->fd) {
            bool answered = read_full(fd, buffer, size, false) == (ssize_t)size && send_all(fd, buffer, size, 0) >= 0;
            if (!answered) epoll_ctl(ready_ones, EPOLL_CTL_DEL, fd, NULL);
            continue;
        }
        errno = EMFILE;
        if (count == most || (fd = accept(listener->fd, NULL, NULL)) < 0) return;
        conns[count++] = event.data.fd = fd;
        event.events = EPOLLIN;
        int on = truth(r, "nodelay");
        if (get(r->args, "nodelay")) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (epoll_ctl(ready_ones, EPOLL_CTL_ADD, fd, &event)) return;
    }
}

static void work_pong_many(Request *r) {
    Handle *listener = existing(r);
    size_t size = message_size(r), most = (size_t)integer(r, "connections", NULL);
    make_room(r, most);
    listener->answers = true;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener->fd};
    int ready_ones = epoll_create1(EPOLL_CLOEXEC);
    if (ready_ones < 0 || epoll_ctl(ready_ones, EPOLL_CTL_ADD, listener->fd, &event)) fail(r, errno);
    int *conns = need(malloc((most + 1) * sizeof *conns));
    for (size_t i = 0; i < most; i++) conns[i] = -1;
    r->begin = now();
    serve_many(r, listener, ready_ones, conns, most, size);
    int kept = errno;
    r->end = now();
    for (size_t i = 0; i < most; i++) if (conns[i] >= 0) close(conns[i]);
    free(conns);
    close(ready_ones);
    if (!is_over(listener)) fail(r, kept);
}
#endif

static void shuffle(size_t *order, size_t count) {
    static uint32_t seed = 1;
    for (size_t left = count; left > 1; left--) {
        seed = seed * 1664525u + 1013904223u; /* Numerical Recipes' generator: evenness is all that is asked */
        size_t other = (size_t)((uint64_t)seed * left >> 32), kept = order[left - 1];
        order[left - 1] = order[other];
        order[other] = kept;
    }
}

static Outcome play_crowd(Request *r, Handle *one, size_t trips, size_t drop) {
    (void)r;
    Player *player = one->player;
    for (size_t i = 0; i < trips; i++) {
        if (player->next == player->count) {
            player->next = 0;
            if (player->random) shuffle(player->order, player->count);
        }
        uint64_t took;
        Outcome outcome = trip(player, player->fds[player->order[player->next++]], &took);
        if (outcome) return outcome;
        if (i >= drop) keep_sample(player, took);
    }
    return FINE;
}

static void one_of_crowd(Request *r, Handle *one, const Address *to, socklen_t to_size) {
    int fd, done;
    CALL(r, fd, socket(one->family, one->type | SOCK_CLOEXEC, 0));
    Player *player = one->player;
    player->order[player->count] = player->count;
    player->fds[player->count++] = fd; /* from here on it is closed with the player */
    if (one->family == AF_UNIX && one->type == SOCK_DGRAM) { /* or it could not be answered */
        Address own = {0};
        char path[sizeof scratch + 300];
        int length = snprintf(path, sizeof path, "%s/%s-%d.sock", scratch, one->name, ++paths);
        socklen_t size = path_address(r, &own, path, (size_t)length, false);
        CALL(r, done, bind(fd, &own.any, size));
    }
    CALL(r, done, connect(fd, &to->any, to_size));
    set_delay(r, fd);
}

static void work_fan_open(Request *r) {
    long count = integer(r, "connections", NULL);
    Json *order = get(r->args, "order");
    bool random = order && order->kind == STRING && !strcmp(order->text, "random");
    if (order && !random && strcmp(word(r, "order"), "round-robin"))
        give_up(r, "broken", "order must be round-robin or random, not %s", word(r, "order"));
    if (count < 1) give_up(r, "broken", "at least one connection is needed");
    make_room(r, (size_t)count);
    Handle *one = bodiless(r);
    Player *player = with_messages(r, player_of(r, one, play_crowd));
    player->random = random;
    player->fds = need(calloc((size_t)count, sizeof *player->fds));
    player->order = need(calloc((size_t)count, sizeof *player->order));
    Address to;
    socklen_t size = address(r, "to", one->family, &to);
    while (player->count < (size_t)count) one_of_crowd(r, one, &to, size);
    for (size_t i = 0; i < player->count; i++) { /* each is tried once */
        uint64_t took;
        Outcome outcome = trip(player, player->fds[i], &took);
        if (outcome == FAILED) fail(r, errno);
        if (outcome) r->number = -1;
        if (outcome) give_up(r, "error", "wrong bytes at trip %zu", player->played + 1);
    }
}
