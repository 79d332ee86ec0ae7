/* What all workloads of the driver in C share: players, their turns and samples.
 *
 * A part of driver.c, as the other .h files here. A player hangs at a handle: it holds what its
 * turns need, and the samples that nobody has fetched yet, in an array that never grows. */

enum { MESSAGES = 8 }; /* that differ from each other */

typedef enum { FINE, FAILED, WRONG, ENDED } Outcome; /* FAILED: errno says how */

struct Player {
    Outcome (*play)(Request *, Handle *, size_t trips, size_t drop);
    size_t (*gives)(size_t trips, size_t drop);
    char *messages[MESSAGES], *buffer;
    uint32_t *samples;
    size_t size, capacity, stored, played;
    const char *unit; /* what is played, for sentences */
    bool stream, busy, random;
    uint64_t interval, reader;            /* of the paced, of the writer to a stream */
    int *fds;                             /* of a crowd */
    size_t count, next, *order;
    Address to;                           /* of who connects */
    socklen_t to_size;
};

static void player_free(Handle *one) {
    Player *player = one->player;
    one->player = NULL;
    if (!player) return;
    for (int i = 0; i < MESSAGES; i++) free(player->messages[i]);
    for (size_t i = 0; i < player->count; i++) close(player->fds[i]);
    free(player->fds);
    free(player->order);
    free(player->buffer);
    free(player->samples);
    free(player);
}

static size_t message_size(Request *r) {
    long size = integer(r, "size", NULL);
    if (size < 1) give_up(r, "broken", "a message needs at least one byte");
    return (size_t)size;
}

/* Bytes of a period that no block size shares; none is 251 or more. */
static char *pattern(size_t size, size_t number) {
    char *made = need(malloc(size));
    for (size_t i = 0; i < size; i++) made[i] = (char)((i % 251 + 101 * number) % 251);
    return made;
}

static size_t usual_gives(size_t trips, size_t drop) { return drop > trips - drop ? drop : trips - drop; }

static Player *player_of(Request *r, Handle *one, Outcome (*play)(Request *, Handle *, size_t, size_t)) {
    long capacity = integer(r, "samples", NULL);
    if (capacity < 1) give_up(r, "broken", "room for at least one sample is needed");
    player_free(one);
    Player *player = one->player = need(calloc(1, sizeof *player));
    player->play = play;
    player->gives = usual_gives;
    player->unit = "at trip";
    player->capacity = (size_t)capacity;
    player->samples = need(calloc(player->capacity, sizeof *player->samples));
    player->stream = one->type == SOCK_STREAM;
    return player;
}

static Player *with_messages(Request *r, Player *player) {
    player->size = message_size(r);
    player->buffer = need(malloc(player->size + 1)); /* a record that is too long must not fit */
    for (size_t i = 0; i < MESSAGES; i++) player->messages[i] = pattern(player->size, i);
    return player;
}

static void keep_sample(Player *player, uint64_t took) {
    player->samples[player->stored++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

static bool truth(Request *r, const char *name) {
    Json *json = get(r->args, name);
    return json && json->kind == BOOL && json->number;
}

static void set_delay(Request *r, int fd) {
    int on = truth(r, "nodelay"), done;
    if (get(r->args, "nodelay")) CALL(r, done, setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

/* --- turns ----------------------------------------------------------------------------------- */

static Player *ready(Request *r, Handle *one) {
    if (!one->player) give_up(r, "broken", "the handle %s is not ready to play: open it first", one->name);
    return one->player;
}

static void work_turn(Request *r) {
    Handle *one = existing(r);
    Player *player = ready(r, one);
    const long none = 0;
    long trips = integer(r, "trips", NULL), drop = integer(r, "drop", &none);
    if (drop < 0 || drop > trips) give_up(r, "broken", "cannot drop %ld of %ld trips", drop, trips);
    if (player->stored + player->gives((size_t)trips, (size_t)drop) > player->capacity)
        give_up(r, "broken", "no room for the samples of %ld trips: fetch first", trips);
    say(&r->values, "\"trips\":%ld", trips);
    r->begin = now();
    Outcome outcome = player->play(r, one, (size_t)trips, (size_t)drop);
    int kept = errno;
    r->end = now();
    if (outcome == FAILED) fail(r, kept);
    if (outcome) r->number = -1;
    if (outcome == WRONG) give_up(r, "error", "wrong bytes %s %zu", player->unit, player->played + 1);
    if (outcome == ENDED) give_up(r, "error", "the stream ended %s %zu", player->unit, player->played + 1);
}

static void work_fetch(Request *r) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Player *player = ready(r, existing(r));
    const unsigned char *bytes = (const unsigned char *)player->samples; /* little-endian */
    size_t size = player->stored * sizeof *player->samples;
    player->stored = 0;
    say(&r->values, "\"samples\":\"");
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned three = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63], left > 1 ? digits[three >> 6 & 63] : '=', left > 2 ? digits[three & 63] : '='};
        add(&r->values, four, 4);
    }
    say(&r->values, "\"");
}
