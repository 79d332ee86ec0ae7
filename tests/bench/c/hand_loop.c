/* Ping-pong over TCP and UDP as one writes it by hand in C, in the clothes of a driver: it knows the
 * requests that set up one lane of ping-pong, and looks for their words instead of parsing JSON.
 * The two loops are the yardstick; there is nothing of the harness in them. With the argument
 * `unconnected` UDP is played as sockperf plays it: every message carries an address. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int sock = -1;
static int unconnected; /* UDP whose messages carry addresses, as sockperf's do */
static struct sockaddr_in other;
static long size;
static char *message, *buffer;
static uint32_t *samples;
static long stored, room;

static long number(const char *line, const char *key) {
    const char *at = strstr(line, key);
    return at ? strtol(at + strlen(key) + strspn(at + strlen(key), ": ["), NULL, 10) : 0;
}

static void open_socket(const char *line) {
    if (sock < 0) sock = socket(AF_INET, strstr(line, "tcp4") ? SOCK_STREAM : SOCK_DGRAM, 0);
}

static struct sockaddr_in at_port(long port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return name;
}

static int bound(const char *line) {
    open_socket(line);
    struct sockaddr_in name = at_port(0);
    socklen_t length = sizeof name;
    if (bind(sock, (struct sockaddr *)&name, sizeof name)) exit(1);
    getsockname(sock, (struct sockaddr *)&name, &length);
    return ntohs(name.sin_port);
}

static void place(const char *line) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET((int)number(line, "\"cpus\""), &cpus);
    struct sched_param none = {0};
    sched_setaffinity(0, sizeof cpus, &cpus);
    sched_setscheduler(0, strstr(line, "batch") ? SCHED_BATCH : SCHED_OTHER, &none);
}

static void prepare(const char *line) {
    size = number(line, "\"size\"");
    room = number(line, "\"samples\"");
    message = memset(malloc((size_t)size), 'x', (size_t)size);
    buffer = malloc((size_t)size);
    samples = calloc((size_t)room + 1, sizeof *samples);
    int on = 1;
    if (strstr(line, "nodelay")) setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int receive(void) {
    for (long got = 0; got < size;) {
        socklen_t length = sizeof other;
        ssize_t more = unconnected
            ? recvfrom(sock, buffer, (size_t)size, 0, (struct sockaddr *)&other, &length)
            : recv(sock, buffer + got, (size_t)(size - got), 0);
        if (more <= 0) return 0;
        got += more;
    }
    return 1;
}

static int transmit(const char *bytes) {
    if (!unconnected) return send(sock, bytes, (size_t)size, MSG_NOSIGNAL) == size;
    return sendto(sock, bytes, (size_t)size, 0, (struct sockaddr *)&other, sizeof other) == size;
}

static void answer(void) {
    while (receive() && transmit(buffer)) { }
}

static void play(long trips, long drop) {
    for (long trip = 0; trip < trips; trip++) {
        uint64_t begin = now();
        if (!transmit(message) || !receive()) exit(1);
        uint64_t end = now();
        if (trip >= drop && stored < room) samples[stored++] = (uint32_t)(end - begin);
    }
}

static void print_samples(void) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = (const unsigned char *)samples;
    long count = stored * (long)sizeof *samples;
    for (long at = 0; at < count; at += 3) {
        unsigned long three = (unsigned long)bytes[at] << 16;
        if (at + 1 < count) three |= (unsigned long)bytes[at + 1] << 8;
        if (at + 2 < count) three |= bytes[at + 2];
        putchar(letters[three >> 18]);
        putchar(letters[three >> 12 & 63]);
        putchar(at + 1 < count ? letters[three >> 6 & 63] : '=');
        putchar(at + 2 < count ? letters[three & 63] : '=');
    }
    stored = 0;
}

int main(int count, char **words) {
    char *line = NULL;
    unconnected = count > 1 && !strcmp(words[1], "unconnected");
    size_t length = 0;
    printf("{\"hello\": {\"protocol\": 1, \"implementation\": \"c-by-hand\", \"version\": \"1\","
           " \"runtime\": \"C\", \"os\": \"linux\", \"pid\": %d, \"operations\": [], "
           "\"transports\": [\"tcp4\", \"udp4\"], \"workloads\": [\"pong\", \"ping_open\", "
           "\"turn\", \"fetch\", \"place\"]}}\n", getpid());
    while (fflush(stdout), getline(&line, &length, stdin) > 0) {
        long id = number(line, "\"id\"");
        const char *op = strstr(line, "\"op\"");
        int name = 0;
        if (!op) continue;
        op += 4 + strspn(op + 4, ": \"");
        if (!strncmp(op, "place", 5)) place(line);
        if (!strncmp(op, "bind", 4) || !strncmp(op, "listen", 6)) name = bound(line);
        if (!strncmp(op, "listen", 6)) listen(sock, 1);
        if (!strncmp(op, "accept", 6)) sock = accept(sock, NULL, NULL);
        if (!strncmp(op, "connect", 7)) {
            open_socket(line);
            other = at_port(number(line, "\"to\""));
            if (!unconnected && connect(sock, (struct sockaddr *)&other, sizeof other)) return 1;
        }
        if (!strncmp(op, "ping_open", 9)) prepare(line);
        if (!strncmp(op, "pong", 4)) {
            printf("{\"id\": %ld, \"event\": \"started\", \"thread\": 0}\n", id);
            fflush(stdout);
            prepare(line);
            answer();
        }
        if (!strncmp(op, "turn", 4)) play(number(line, "\"trips\""), number(line, "\"drop\""));
        printf("{\"id\": %ld, \"reply\": \"ok\", \"at\": [0, 0], \"values\": {\"name\": %d, ", id, name);
        printf("\"cpus\": [%ld], \"policy\": \"%s\", \"samples\": \"", number(line, "\"cpus\""),
               strstr(line, "batch") ? "batch" : "other");
        if (!strncmp(op, "fetch", 5)) print_samples();
        printf("\"}}\n");
    }
    return 0;
}
