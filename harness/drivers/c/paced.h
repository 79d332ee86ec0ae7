/* The open loop: messages are due at a set rate, whether or not answers have come.
 *
 * Every sample counts from the moment when its message was due. With no answer outstanding the
 * client sleeps until shortly before that, then spins; with answers outstanding it waits for them
 * until then. What is late is sent at once and told; nothing is left out. */

enum { SPIN = 200000 }; /* ns: more than timers are late by */

typedef struct {
    uint64_t begin, late, most_late;
    size_t trips, drop, sent, answered; /* of this turn */
    size_t gone, filled;                /* bytes of the next message that are out, of the next answer that are in */
} Pace;

static void wait_until(uint64_t due) {
    uint64_t at = now();
    if (at + SPIN < due) {
        struct timespec left = {(time_t)((due - SPIN - at) / 1000000000u), (long)((due - SPIN - at) % 1000000000u)};
        nanosleep(&left, NULL);
    }
    while (now() < due) continue;
}

/* Whether something can be read before `due`. */
static bool readable_before(int fd, uint64_t due) {
    struct pollfd ask = {fd, POLLIN, 0};
    uint64_t at = now(), left = at < due ? due - at : 0;
#ifdef __APPLE__
    return poll(&ask, 1, (int)(left / 1000000)) > 0;
#else
    struct timespec wait = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    return ppoll(&ask, 1, &wait, NULL) > 0;
#endif
}

static Outcome take_answer(Player *player, Pace *pace, int fd, int flags) {
    size_t room_left = (player->stream ? player->size : player->size + 1) - pace->filled;
    ssize_t got = recv(fd, player->buffer + pace->filled, room_left, flags);
    uint64_t end = now();
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? FINE : FAILED;
    if (!got && player->stream) return ENDED;
    pace->filled += (size_t)got;
    if (player->stream && pace->filled < player->size) return FINE;
    bool right = pace->filled == player->size && pace->answered < pace->sent;
    pace->filled = 0;
    if (!right || memcmp(player->buffer, player->messages[player->played % MESSAGES], player->size)) return WRONG;
    if (pace->answered >= pace->drop) keep_sample(player, end - (pace->begin + pace->answered * player->interval));
    pace->answered++;
    player->played++;
    return FINE;
}

static Outcome send_next(Player *player, Pace *pace, int fd, uint64_t due) {
    const char *message = player->messages[(player->played - pace->answered + pace->sent) % MESSAGES];
    uint64_t at = now();
    ssize_t more = send(fd, message + pace->gone, player->size - pace->gone, MSG_DONTWAIT);
    if (more < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) return FAILED;
        struct pollfd either = {fd, POLLIN | POLLOUT, 0};
        poll(&either, 1, -1);
        return either.revents & POLLIN ? take_answer(player, pace, fd, 0) : FINE;
    }
    pace->gone += (size_t)more;
    if (player->stream && pace->gone < player->size) return FINE;
    pace->gone = 0;
    if (pace->sent++ >= pace->drop) {
        pace->late += at - due;
        if (at - due > pace->most_late) pace->most_late = at - due;
    }
    return FINE;
}

static Outcome pace_step(Player *player, Pace *pace, int fd) {
    if (pace->sent == pace->trips) return take_answer(player, pace, fd, 0);
    uint64_t due = pace->begin + pace->sent * player->interval;
    if (pace->gone || now() >= due) {
        Outcome outcome = send_next(player, pace, fd, due);
        return outcome || pace->sent - pace->answered < 2 ? outcome : take_answer(player, pace, fd, MSG_DONTWAIT);
    }
    if (pace->sent == pace->answered) wait_until(due);
    else if (readable_before(fd, due)) return take_answer(player, pace, fd, 0);
    return FINE;
}

static Outcome play_paced(Request *r, Handle *one, size_t trips, size_t drop) {
    Pace pace = {.begin = now(), .trips = trips, .drop = drop};
    while (pace.answered < trips) {
        Outcome outcome = pace_step(one->player, &pace, one->fd);
        if (outcome) return outcome;
    }
    say(&r->values, ",\"kept\":%zu,\"late_ns\":%llu,\"most_late_ns\":%llu", trips - drop,
        (unsigned long long)pace.late, (unsigned long long)pace.most_late);
    return FINE;
}

static void work_paced_open(Request *r) {
    Handle *one = existing(r);
    long rate = integer(r, "rate", NULL);
    if (rate < 1) give_up(r, "broken", "a rate is at least one message a second, not %ld", rate);
    with_messages(r, player_of(r, one, play_paced))->interval = 1000000000u / (uint64_t)rate;
    set_delay(r, one->fd);
}
