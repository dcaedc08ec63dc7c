/*
 * C libzmq beside us: DEALER and ROUTER, one message a transaction.
 *
 *     peer server <endpoint>    a ROUTER that echoes
 *     peer client <endpoint>    a DEALER; for each line "<window> <milliseconds>" on stdin it keeps so many transactions
 *                               in flight for so long, and answers "<committed> <elapsed milliseconds>"
 *
 * As libzmq's manual and its own perf/ programs do it: blocking calls, which look for a message before they wait for one,
 * so that one wake-up serves all there are. Draining with ZMQ_DONTWAIT and then waiting in zmq_poll is no faster at any
 * window and slower at one. What any client and server must do is done: each request and each reply is copied into and
 * out of memory of the program's own, its length checked, the number in it read, and the reply matched with a request that
 * waits for it. Nothing else is: no deadline, no retry, no second try of anything. It ends when stdin does.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { payload_bytes = 64, window_max = 1 << 16 };

static void must(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "peer: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* A ROUTER drops what stands above the high-water mark; a window may be larger than its default of 1000. */
static void *opened(void *context, int type) {
    void *socket = zmq_socket(context, type);
    int none = 0;
    must(socket != NULL, "zmq_socket");
    must(zmq_setsockopt(socket, ZMQ_SNDHWM, &none, sizeof none) == 0, "ZMQ_SNDHWM");
    must(zmq_setsockopt(socket, ZMQ_RCVHWM, &none, sizeof none) == 0, "ZMQ_RCVHWM");
    must(zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none) == 0, "ZMQ_LINGER");
    return socket;
}

static void receive(void *socket, zmq_msg_t *message) {
    while (zmq_msg_recv(message, socket, 0) < 0) must(errno == EINTR, "zmq_msg_recv");
}

static void *end_with_stdin(void *unused) {
    char ignored[64];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;
    _exit(0);
    return unused;
}

static void serve(void *context, const char *endpoint) {
    void *router = opened(context, ZMQ_ROUTER);
    pthread_t watcher;
    zmq_msg_t identity;
    unsigned char payload[payload_bytes];
    must(zmq_bind(router, endpoint) == 0, "zmq_bind");
    must(pthread_create(&watcher, NULL, end_with_stdin, NULL) == 0, "pthread_create");
    zmq_msg_init(&identity);
    puts("ready");
    for (;;) {
        receive(router, &identity);
        must(zmq_recv(router, payload, sizeof payload, 0) == payload_bytes, "zmq_recv");
        must(zmq_msg_send(&identity, router, ZMQ_SNDMORE) >= 0, "zmq_msg_send");
        must(zmq_send(router, payload, sizeof payload, 0) == payload_bytes, "zmq_send");
    }
}

/* The number in a payload tells which request a reply belongs to. */
static uint32_t sent;
static unsigned char is_waiting[window_max * 4];

static void send_one(void *dealer) {
    unsigned char payload[payload_bytes] = {0};
    sent++;
    memcpy(payload, &sent, sizeof sent);
    is_waiting[sent % sizeof is_waiting] = 1;
    must(zmq_send(dealer, payload, sizeof payload, 0) == payload_bytes, "zmq_send");
}

static int answers_one(const unsigned char *reply) {
    uint32_t number;
    memcpy(&number, reply, sizeof number);
    if (!is_waiting[number % sizeof is_waiting]) return 0;
    is_waiting[number % sizeof is_waiting] = 0;
    return 1;
}

static void ask(void *dealer, int window, double for_ms) {
    double began = now_ms();
    long committed = 0;
    int pending = window;
    unsigned char reply[payload_bytes];
    for (int i = 0; i < window; i++) send_one(dealer);
    while (pending > 0) {
        int length = zmq_recv(dealer, reply, sizeof reply, 0);
        if (length != payload_bytes || !answers_one(reply)) continue;
        committed++;
        if (now_ms() - began < for_ms) send_one(dealer);
        else pending--;
    }
    printf("%ld %.6f\n", committed, now_ms() - began);
}

static void ask_as_told(void *context, const char *endpoint) {
    void *dealer = opened(context, ZMQ_DEALER);
    int window;
    double for_ms;
    must(zmq_connect(dealer, endpoint) == 0, "zmq_connect");
    puts("ready");
    while (scanf("%d %lf", &window, &for_ms) == 2) {
        if (window < 1 || window > window_max) exit(2);
        ask(dealer, window, for_ms);
    }
}

int main(int count, char **arguments) {
    void *context = zmq_ctx_new();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 3) return 2;
    if (strcmp(arguments[1], "server") == 0) serve(context, arguments[2]);
    else if (strcmp(arguments[1], "client") == 0) ask_as_told(context, arguments[2]);
    else return 2;
    return 0;
}
