/* Throughput: chunks one way, as fast as they are read, and every one is compared.
 *
 * A chunk begins with a byte of its pattern, or with 255: then the reader answers with eight bytes,
 * the CPU time that its thread has had (ns, little-endian), or all ones for wrong bytes. */

enum { LAST = 2 }; /* chunks 0 and 1 alternate; these two more of them end a turn */

static uint64_t cpu_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static char *chunk(size_t size, size_t number) {
    char *made = pattern(size, number % LAST);
    if (number >= LAST) made[0] = (char)255;
    return made;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool read_chunks(int fd, bool stream, size_t size, char *const *chunks, char *buffer, size_t *number) {
    for (;; ++*number) {
        ssize_t got = stream ? read_full(fd, buffer, size, false) : recv(fd, buffer, size + 1, 0);
        if (got <= 0) return true;
        uint64_t word = UINT64_MAX;
        size_t which = *number % LAST;
        bool whole = got == (ssize_t)size, last = whole && !memcmp(buffer, chunks[LAST + which], size);
        if (!last && whole && !memcmp(buffer, chunks[which], size)) continue;
        if (last) word = cpu_time();
        if (send_all(fd, (const char *)&word, sizeof word, 0) < 0 || !last) return last; /* little-endian */
    }
}

static void work_sink(Request *r) {
    Handle *one = existing(r);
    size_t size = message_size(r), number = 0;
    one->answers = true;
    set_delay(r, one->fd);
    char *buffer = room(r, (long)size + 1), *chunks[2 * LAST];
    for (size_t i = 0; i < 2 * LAST; i++) chunks[i] = chunk(size, i);
    r->begin = now();
    bool right = read_chunks(one->fd, one->type == SOCK_STREAM, size, chunks, buffer, &number);
    r->end = now();
    for (size_t i = 0; i < 2 * LAST; i++) free(chunks[i]);
    if (right) return;
    shutdown(one->fd, SHUT_RDWR);
    r->number = -1;
    give_up(r, "error", "wrong bytes in chunk %zu", number + 1);
}

/* --- writing --------------------------------------------------------------------------------- */

static Outcome write_chunks(Player *player, int fd, size_t count) {
    for (size_t left = count; left; left--, player->played++) {
        const char *next = player->messages[player->played % LAST + (left == 1 ? LAST : 0)];
        if (send_all(fd, next, player->size, 0) < 0) return FAILED;
    }
    if (!count) return FINE;
    uint64_t word;
    ssize_t got = read_full(fd, (char *)&word, sizeof word, false);
    if (got < (ssize_t)sizeof word) return got < 0 ? FAILED : ENDED;
    if (word == UINT64_MAX) return WRONG;
    player->reader = word;
    return FINE;
}

static Outcome play_stream(Request *r, Handle *one, size_t trips, size_t drop) {
    Player *player = one->player;
    size_t count = trips - drop;
    Outcome outcome = write_chunks(player, one->fd, drop);
    if (outcome) return outcome;
    uint64_t before = player->reader, spent = cpu_time(), begin = now();
    outcome = write_chunks(player, one->fd, count);
    uint64_t took = now() - begin;
    if (outcome) return outcome;
    if (count) keep_sample(player, took / count);
    say(&r->values, ",\"bytes\":%zu,\"took_ns\":%llu,\"writer_ns\":%llu,\"reader_ns\":%llu", count * player->size,
        (unsigned long long)took, (unsigned long long)(cpu_time() - spent), (unsigned long long)(player->reader - before));
    return FINE;
}

static size_t one_sample(size_t trips, size_t drop) { (void)trips; (void)drop; return 1; }

static void work_stream_open(Request *r) {
    Handle *one = existing(r);
    Player *player = player_of(r, one, play_stream);
    player->gives = one_sample;
    player->unit = "at chunk";
    player->size = message_size(r);
    for (size_t i = 0; i < 2 * LAST; i++) player->messages[i] = chunk(player->size, i);
    set_delay(r, one->fd);
}
