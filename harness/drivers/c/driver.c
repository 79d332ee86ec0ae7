/* The driver in C: the system's calls and nothing between. See ../PROTOCOL.md.
 *
 * Made for two things: to show that the protocol asks for no Python, and as the floor below every
 * latency that is measured. One program on purpose, built with `cc -O2 -pthread driver.c`: here is
 * the loop that answers, and the .h files beside it are its parts, from texts that grow up to the
 * workloads. A request that cannot be understood ends in `broken` by longjmp. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/syscall.h>
#define SYSTEM "linux"
#elif defined(__APPLE__)
#define SYSTEM "darwin"
#else
#define SYSTEM "unix"
#endif
#ifdef __VERSION__
#define COMPILER __VERSION__
#else
#define COMPILER "cc"
#endif

#include "json.h"
#include "request.h"
#include "payloads.h"
#include "handles.h"
#include "calls_sockets.h"
#include "calls_data.h"
#include "calls_looking.h"
#include "players.h"
#include "tables.h"
#include "trips.h"
#include "paced.h"
#include "streams.h"
#include "connections.h"
#include "fan_in.h"
#include "placing.h"

typedef struct { const char *name; void (*perform)(Request *); } Operation;
#define OP(x) {#x, op_##x}
#define WORK(x) {#x, work_##x}
static const Operation OPERATIONS[] = {OP(socket), OP(bind), OP(listen), OP(accept), OP(connect), OP(getsockname), OP(getpeername),
    OP(shutdown), OP(close), OP(abort), OP(dup), OP(socketpair), OP(send), OP(sendall), OP(sendto), OP(recv), OP(recvfrom),
    OP(recv_exactly), OP(recv_until_eof), OP(fill), OP(setsockopt), OP(getsockopt), OP(so_error), OP(fileno), OP(poll), OP(quiet),
    OP(fionread),
#ifdef TIOCOUTQ
    OP(outq),
#endif
};
static const Operation WORKLOADS[] = {WORK(pong), WORK(ping_open), WORK(paced_open), WORK(sink),
    WORK(stream_open), WORK(welcome), WORK(connect_open), WORK(fan_open), WORK(turn), WORK(fetch), WORK(cpu_time),
#ifdef __linux__
    WORK(pong_many), WORK(place),
#endif
};

static void clear_scratch(bool and_itself) {
    DIR *folder = opendir(scratch);
    for (struct dirent *one; folder && (one = readdir(folder));)
        if (strcmp(one->d_name, ".") && strcmp(one->d_name, "..")) unlinkat(dirfd(folder), one->d_name, 0);
    if (folder) closedir(folder);
    if (and_itself) {
        rmdir(scratch);
        char *last = strrchr(scratch, '/');
        if (last && last != scratch) { *last = 0; rmdir(scratch); } /* the one above, when it is empty */
    }
}

static _Noreturn void leave(void) {
    clear_scratch(true);
    if (getpgrp() == getpid()) kill(0, SIGKILL);
    _exit(0);
}

static void *watch(void *nothing) {
    struct pollfd hung_up = {source, 0, 0};
    while (poll(&hung_up, 1, -1) < 1) continue;
    leave();
    return nothing;
}

static void put(Text *line) {
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    add(line, "\n", 1);
    pthread_mutex_lock(&turn);
    for (size_t done = 0; done < line->size;) {
        ssize_t more = write(sink, line->at + done, line->size - done);
        if (more < 0) leave();
        done += (size_t)more;
    }
    pthread_mutex_unlock(&turn);
    free(line->at);
}

static void reply(Request *r) {
    Json *id = get(r->message, "id");
    Text line = {0};
    say(&line, "{\"id\":%.0f,\"reply\":\"%s\",\"at\":[%llu,%llu],", id && id->whole ? id->number : 0.0, r->kind ? r->kind : "ok",
        (unsigned long long)r->begin, (unsigned long long)r->end);
    if (!r->kind) {
        say(&line, "\"values\":{");
        add(&line, r->values.at, r->values.size);
        say(&line, "}}");
    } else {
        if (*r->kind == 'e' && r->number > 0) say(&line, "\"error\":\"%s\",\"errno\":%d,", error_name(r->number), r->number);
        if (*r->kind == 'e' && r->number < 0) say(&line, "\"error\":\"WrongBytes\",");
        say(&line, "\"%s\":", *r->kind == 'e' ? "message" : *r->kind == 'u' ? "what" : "traceback");
        say_string(&line, r->what, strlen(r->what));
        add(&line, "}", 1);
    }
    put(&line);
}

static int wait_for_running(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (running && pthread_cond_timedwait(&ended, &lock, &until) == 0) continue;
    int left = 0;
    for (Started *one = running; one; one = one->next) left++;
    return left;
}

static void reset(Request *r) {
    pthread_mutex_lock(&lock);
    r->begin = now();
    for (Started *one = running; one; one = one->next) {
        Handle *inside = one->handle ? find(one->handle) : NULL;
        if (inside && inside->fd >= 0) shutdown(inside->fd, SHUT_RDWR);
    }
    wait_for_running();
    while (handles) {
        Handle *one = handles;
        handles = one->next;
        if (one->fd >= 0) close(one->fd);
        one->fd = -1; /* who asks it again and again sees that it is over */
        player_free(one);
        free(one->name);
        if (!running) free(one); /* one that is stuck may still look at it */
    }
    restore_limit();
    clear_scratch(false);
    say(&r->values, "\"stuck\":%d", wait_for_running());
    r->end = now();
    pthread_mutex_unlock(&lock);
}

static void perform(Request *r) {
    const char *name = get(r->message, "op")->text;
    if (!strcmp(name, "reset")) { reset(r); return; }
    for (size_t i = 0; i < COUNT(OPERATIONS); i++)
        if (!strcmp(OPERATIONS[i].name, name)) { OPERATIONS[i].perform(r); return; }
    for (size_t i = 0; i < COUNT(WORKLOADS); i++)
        if (!strcmp(WORKLOADS[i].name, name)) { WORKLOADS[i].perform(r); return; }
    give_up(r, "unsupported", "this driver has no operation %.100s", name);
}

static void check(Request *r, const char *line) {
    Json *op = get(r->message, "op"), *id = get(r->message, "id");
    if (!id || id->kind != NUMBER || !op || op->kind != STRING || (r->args && r->args->kind != OBJECT))
        give_up(r, "broken", "not a request: %.200s", line);
}

static void answer(char *line, Json *message) {
    Json *handle = get(message, "handle");
    Request r = {.message = message, .args = get(message, "args")};
    r.handle = handle && handle->kind == STRING ? handle->text : NULL;
    if (!setjmp(r.stop)) {
        check(&r, line);
        perform(&r);
    }
    if (!r.end) r.begin = r.end = now();
    reply(&r);
    free(r.values.at);
    free(r.out.at);
    json_free(message);
    free(line);
}

static void *answer_started(void *given) {
    Started *self = given;
    Json *message = NULL;
    json_value(blank(self->line), &message, 0);
    Json *handle = get(message, "handle");
    pthread_mutex_lock(&lock);
    self->handle = handle && handle->kind == STRING ? need(strdup(handle->text)) : NULL;
    pthread_mutex_unlock(&lock);
    Text event = {0};
#ifdef __linux__
    long thread = syscall(SYS_gettid);
#else
    long thread = 0;
#endif
    say(&event, "{\"id\":%.0f,\"event\":\"started\",\"thread\":%ld}", get(message, "id")->number, thread);
    put(&event);
    answer(self->line, message);
    pthread_mutex_lock(&lock);
    Started **one = &running;
    while (*one != self) one = &(*one)->next;
    *one = self->next;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
    free((char *)self->handle);
    free(self);
    return NULL;
}

static void take(const char *text, size_t size) {
    char *line = need(strndup(text, size));
    Json *message = NULL, *start;
    const char *end = json_value(blank(line), &message, 0);
    if (!end || *blank(end)) { json_free(message); message = NULL; }
    start = get(message, "start");
    if (!start || start->kind != BOOL || !start->number || !get(message, "id")) { answer(line, message); return; }
    Started *self = need(calloc(1, sizeof *self));
    self->line = line;
    json_free(message);
    pthread_mutex_lock(&lock);
    self->next = running;
    running = self;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_started, self)) _exit(4);
    pthread_detach(thread);
}

static void say_names(Text *line, const char *what, const Operation *table, size_t count) {
    say(line, "\"%s\":[", what);
    for (size_t i = 0; i < count; i++) say(line, "%s\"%s\"", i ? "," : "", table[i].name);
    say(line, "]");
}

static void greet(void) {
    Text line = {0};
    const char *comma = "";
    say(&line, "{\"hello\":{\"protocol\":1,\"implementation\":\"c\",\"version\":\"1\",\"runtime\":\"C %ld (%s)\",\"os\":\"%s\",\"pid\":%d,",
        __STDC_VERSION__, COMPILER, SYSTEM, (int)getpid());
    say_names(&line, "operations", OPERATIONS, COUNT(OPERATIONS));
    say(&line, ",");
    say_names(&line, "workloads", WORKLOADS, COUNT(WORKLOADS));
    say(&line, ",\"transports\":[");
    for (size_t i = 0; i < COUNT(TRANSPORTS); i++) {
        int fd = socket(TRANSPORTS[i].family, TRANSPORTS[i].type, 0);
        Address own = {.any.sa_family = (sa_family_t)TRANSPORTS[i].family};
        if (TRANSPORTS[i].family == AF_INET6) own.six.sin6_addr = in6addr_loopback;
        bool usable = fd >= 0 && (TRANSPORTS[i].family != AF_INET6 || bind(fd, &own.any, sizeof own.six) == 0);
        if (usable) { say(&line, "%s\"%s\"", comma, TRANSPORTS[i].name); comma = ","; }
        if (fd >= 0) close(fd);
    }
    say(&line, "]}}");
    put(&line);
}

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    if (count == 3 && !strcmp(words[1], "--scratch") && strlen(words[2]) < sizeof scratch) strcpy(scratch, words[2]);
    else if (count == 1) { strcpy(scratch, "/tmp/sockharness-XXXXXX"); need(mkdtemp(scratch)); }
    else { fprintf(stderr, "usage: %s [--scratch DIR]\n", words[0]); return 2; }
    mkdir(scratch, 0700);
    if (chdir(scratch)) { perror(scratch); return 2; }
    source = fcntl(0, F_DUPFD_CLOEXEC, 3);
    sink = fcntl(1, F_DUPFD_CLOEXEC, 3);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(2, 1);
    pthread_t watcher;
    if (pthread_create(&watcher, NULL, watch, NULL)) return 4;
    own_table(); /* the watcher keeps the one that has no socket */
    greet();
    Text read_so_far = {0};
    char chunk[65536];
    for (ssize_t got; (got = read(source, chunk, sizeof chunk)) > 0;) {
        add(&read_so_far, chunk, (size_t)got);
        char *line = read_so_far.at, *end;
        while ((end = memchr(line, '\n', read_so_far.size - (size_t)(line - read_so_far.at)))) {
            if ((size_t)(blank(line) - line) < (size_t)(end - line)) take(line, (size_t)(end - line));
            line = end + 1;
        }
        read_so_far.size -= (size_t)(line - read_so_far.at);
        memmove(read_so_far.at, line, read_so_far.size);
    }
    leave();
}
