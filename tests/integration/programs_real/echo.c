/* Echo in C, a process for each client: echo HOST PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void converse(int conn)
{
    char buffer[65536];
    ssize_t got;
    while ((got = read(conn, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0, n; done < got; done += n)
            if ((n = write(conn, buffer + done, got - done)) < 0)
                _exit(0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    if (argc != 3 || inet_pton(AF_INET, argv[1], &name.sin_addr) != 1)
        return 2;
    name.sin_port = htons(atoi(argv[2]));
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&name, sizeof name) || listen(server, 128))
        return 1;
    for (;;) {
        int conn = accept(server, 0, 0);
        if (conn < 0)
            continue;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            close(server);
            if (NODELAY)
                setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            converse(conn);
            _exit(0);
        }
        close(conn);
    }
}
