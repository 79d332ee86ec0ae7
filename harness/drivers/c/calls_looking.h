/* Operations on options, and those that look at a socket: readiness, queues, descriptors. */

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
