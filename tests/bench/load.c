/* The load generator: thousands of WebSocket clients in one thread, which count and time what arrives.
 *
 * It must never be the bottleneck, so it is C over epoll and reports its own share of a core with every
 * figure. It knows no application: what a client says to enter a room and what makes a server publish are
 * templates that the bench writes. In a published template the text @@0000000000000000:0000000000000000@@
 * is where a number and the moment of publishing are written (hexadecimal, ns of CLOCK_MONOTONIC); whatever
 * arrives with such a mark is one delivery. Twelve '%' become the number once more, for ids.
 *
 * Usage: load PORT PATH ROOMS_FILE OPTIONS..., then commands on the standard input, one JSON line back each:
 *   idle N           connect N clients that enter no room
 *   rooms N          connect N clients to each room
 *   run SECONDS W    keep W messages in flight in each room; the next leaves when all have seen the last
 *   pace SECONDS R   publish R messages a second, the rooms in turn, on time whatever comes back
 *   storm FROM TO    cut every client off and connect it again after a random delay of FROM to TO ms
 * A line of ROOMS_FILE holds, between tabs: what a client says to enter, what it says to come back, what
 * makes the server publish ("\n" and "\r" are written out).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTING, HANDSHAKE, GREETING, READY, CLOSED };
enum { CLIENT, PUBLISHER };
enum { BY_FRAME, BY_LINE, BY_HTTP };
enum { MARK = 37, RING = 1 << 16, READ_BYTES = 1 << 20, MOST_SAMPLES = 1 << 24, MOST_HANDSHAKES = 32 };

typedef struct {
  int fd, state, kind, room, number, kept;
  char *rest;
  int64_t due; /* when to connect again, 0: not waiting */
} Conn;

typedef struct {
  char *enter, *back, *publish;
  int publish_length, clients;
} Room;

typedef struct {
  uint64_t number;
  int64_t at;
  int room, missing;
} Message;

static const char *path, *idle_mark = "", *room_mark = "", *headers_file = "";
static int port, publish_port, publishing = BY_FRAME, publishers = 1, socket_io, first_house, addresses_share = 60;
static char **headers;
static int header_lines;
static Room *rooms;
static int room_count;
static Conn **conns;
static int conn_count, handshakes, waiting_ready;
static Conn **pubs;
static int epoll;
static char *input;
static Message ring[RING];
static uint64_t next_number = 1;
static uint64_t deliveries, bytes, frames, messages, lost, closed;
static int counting, launching, window_, codes;
static uint32_t *samples;
static size_t sample_count;
static int64_t *ready_at;
static int ready_count;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t worked_ns;

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
  fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
  exit(1);
}

/* Everything said is small: it fits a socket's empty send buffer, or the server has stopped reading. */
static void say(Conn *c, const char *what, int length) {
  if (write(c->fd, what, length) != length && c->kind == PUBLISHER) die("a server does not read what is published");
}

static int frame_of(char *frame, int opcode, const char *payload, int length) {
  int head = 2;
  frame[0] = (char)(0x80 | opcode);
  if (length < 126) {
    frame[1] = (char)(0x80 | length);
  } else {
    frame[1] = (char)(0x80 | 126);
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    head = 4;
  }
  memset(frame + head, 0, 4); /* a mask of zeros: masked as the protocol wants, and nothing to compute */
  memcpy(frame + head + 4, payload, length);
  return head + 4 + length;
}

static void say_frame(Conn *c, int opcode, const char *payload, int length) {
  static char frame[1 << 16];
  say(c, frame, frame_of(frame, opcode, payload, length));
}

static void watch(Conn *c, uint32_t events, int op) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, op, c->fd, &e)) die("epoll_ctl");
}

static void dial(Conn *c, int to) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) die("socket");
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  /* As many households as real clients have: servers limit sockets by address. */
  int house = first_house + c->number / addresses_share;
  struct sockaddr_in from = {.sin_family = AF_INET};
  from.sin_addr.s_addr = htonl(0x7F010001 + (uint32_t)(house / 250) * 256 + house % 250);
  if (bind(c->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
  struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(to)};
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(c->fd, (struct sockaddr *)&there, sizeof there) && errno != EINPROGRESS) die("connect");
  c->state = CONNECTING;
  c->kept = 0;
  watch(c, EPOLLOUT, EPOLL_CTL_ADD);
}

static void shake_hands(Conn *c) {
  char request[4096];
  const char *extra = header_lines ? headers[c->number % header_lines] : "";
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                        path, port, extra);
  c->state = HANDSHAKE;
  watch(c, EPOLLIN, EPOLL_CTL_MOD);
  say(c, request, length);
}

static void become_ready(Conn *c) {
  c->state = READY;
  if (c->kind == CLIENT) {
    waiting_ready--;
    handshakes--;
    if (ready_at) ready_at[ready_count] = now_ns();
    ready_count++;
  }
}

static void greet(Conn *c) {
  if (c->kind == PUBLISHER || c->room < 0) {
    become_ready(c);
    return;
  }
  const char *hello = ready_at ? rooms[c->room].back : rooms[c->room].enter;
  c->state = GREETING;
  if (*hello) say_frame(c, 1, hello, strlen(hello));
}

static void launch(int r, int64_t at);

static void delivered(const char *mark) {
  uint64_t number = strtoull(mark + 2, NULL, 16);
  int64_t at = (int64_t)strtoull(mark + 19, NULL, 16);
  int64_t now = now_ns();
  if (counting) {
    deliveries++;
    if (sample_count < MOST_SAMPLES) samples[sample_count++] = (uint32_t)((now - at) / 1000);
  }
  Message *m = &ring[number % RING];
  if (m->number != number || !m->missing || --m->missing) return;
  if (counting) messages++;
  if (launching && window_) launch(m->room, now);
}

static const char *mark_in(const char *payload, size_t length) {
  static size_t usual; /* where it was the last time */
  if (usual + MARK <= length && payload[usual] == '@' && payload[usual + 1] == '@') return payload + usual;
  const char *found = memmem(payload, length, "@@", 2);
  if (!found || found + MARK > payload + length) return NULL;
  usual = found - payload;
  return found;
}

static void heard_text(Conn *c, const char *payload, size_t length) {
  if (c->state == READY) {
    if (socket_io && length == 1 && *payload == '2') return say_frame(c, 1, "3", 1);
    const char *mark = mark_in(payload, length);
    if (mark) delivered(mark);
    return;
  }
  if (socket_io && length > 1 && payload[0] == '0' && payload[1] == '{') return say_frame(c, 1, "40", 2);
  const char *wanted = c->room < 0 || c->state == HANDSHAKE ? idle_mark : room_mark;
  if (!memmem(payload, length, wanted, strlen(wanted))) return;
  if (c->state == HANDSHAKE) greet(c);
  else become_ready(c);
}

static void hang_up(Conn *c) {
  if (c->state == READY) closed++;
  else if (c->kind == CLIENT) handshakes--;
  close(c->fd);
  c->state = CLOSED;
  free(c->rest);
  c->rest = NULL;
  c->kept = 0;
  if (c->kind == PUBLISHER && launching) die("a server hung up on what publishes");
}

static void heard_frame(Conn *c, int opcode, const char *payload, size_t length) {
  if (counting) frames++;
  if (opcode == 1 || opcode == 2) heard_text(c, payload, length);
  else if (opcode == 9) say_frame(c, 10, payload, length);
  else if (opcode == 8) {
    if (codes++ < 3) fprintf(stderr, "load: closed with code %d\n", length > 1 ? (uint8_t)payload[0] << 8 | (uint8_t)payload[1] : 0);
    hang_up(c);
  }
}

/* Return how much of `data` was whole frames. */
static size_t parse(Conn *c, const char *data, size_t length) {
  size_t at = 0;
  while (length - at >= 2 && c->state != CLOSED) {
    const uint8_t *head = (const uint8_t *)data + at;
    size_t size = head[1] & 127, header = 2;
    if (size == 126) {
      if (length - at < 4) break;
      size = head[2] << 8 | head[3];
      header = 4;
    } else if (size == 127) {
      if (length - at < 10) break;
      size = 0;
      for (int i = 2; i < 10; i++) size = size << 8 | head[i];
      header = 10;
    }
    if (length - at < header + size) break;
    heard_frame(c, head[0] & 15, data + at + header, size);
    at += header + size;
  }
  return at;
}

static void hear(Conn *c) {
  memcpy(input, c->rest, c->kept);
  ssize_t got = read(c->fd, input + c->kept, READ_BYTES - c->kept);
  if (got <= 0) {
    if (got < 0 && errno == EAGAIN) return;
    hang_up(c);
    return;
  }
  if (counting) bytes += got;
  if (c->kind == PUBLISHER && publishing != BY_FRAME) return;
  size_t length = c->kept + got, used = 0;
  if (c->state == HANDSHAKE && !c->due) {
    const char *end = memmem(input, length, "\r\n\r\n", 4);
    if (end) {
      if (memcmp(input, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "load: refused: %.*s\n", 200, input);
        exit(1);
      }
      used = end + 4 - input;
      c->due = -1; /* the handshake is over, the welcome may still be to come */
      if (!*idle_mark) greet(c);
    }
  }
  if (c->due || c->state != HANDSHAKE) used += parse(c, input + used, length - used);
  if (c->state == CLOSED) return;
  c->kept = length - used;
  if (c->kept) {
    c->rest = realloc(c->rest, c->kept);
    memcpy(c->rest, input + used, c->kept);
  }
}

static void stamp(char *text, int length, uint64_t number, int64_t at) {
  char digits[40];
  char *mark = memmem(text, length, "@@", 2);
  snprintf(digits, sizeof digits, "@@%016llx:%016llx@@", (unsigned long long)number, (unsigned long long)at);
  memcpy(mark, digits, MARK);
  char *id = memmem(text, length, "%%%%%%%%%%%%", 12);
  if (!id) return;
  snprintf(digits, sizeof digits, "%012llx", (unsigned long long)number);
  memcpy(id, digits, 12);
}

/* What is published while one batch of arrivals is worked through leaves together, as from one busy client. */
static char outgoing[1 << 20];
static int outgoing_length;

static void flush_published(void) {
  if (outgoing_length) say(pubs[0], outgoing, outgoing_length);
  outgoing_length = 0;
}

static void launch(int r, int64_t at) {
  static char text[1 << 14];
  static int turn;
  Room *room = &rooms[r];
  uint64_t number = next_number++;
  ring[number % RING] = (Message){number, at, r, room->clients};
  memcpy(text, room->publish, room->publish_length);
  stamp(text, room->publish_length, number, at);
  if (publishing == BY_HTTP) {
    say(pubs[turn++ % publishers], text, room->publish_length);
    return;
  }
  if (outgoing_length > (int)sizeof outgoing - (1 << 15)) flush_published();
  if (publishing == BY_FRAME)
    outgoing_length += frame_of(outgoing + outgoing_length, 1, text, room->publish_length);
  else {
    memcpy(outgoing + outgoing_length, text, room->publish_length);
    outgoing_length += room->publish_length;
  }
}

/* While messages fly it stays awake: a server that had to wake it would pay an interrupt to the other core
 * with each write (on a virtual machine an exit to the host), and real clients are behind a network. So what
 * it reports is the time it worked, not the time it was awake. */
static void step(int wait_ms) {
  struct epoll_event events[1024];
  int64_t begun = now_ns();
  int n = epoll_wait(epoll, events, 1024, launching ? 0 : wait_ms);
  for (int i = 0; i < n; i++) {
    Conn *c = events[i].data.ptr;
    if (c->state == CLOSED) continue;
    if (c->state == CONNECTING) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error) {
        errno = error;
        die("connect");
      }
      c->due = 0;
      if (c->kind == PUBLISHER && publishing != BY_FRAME) {
        watch(c, EPOLLIN, EPOLL_CTL_MOD);
        c->state = READY;
      } else {
        shake_hands(c);
      }
    } else {
      hear(c);
    }
  }
  flush_published();
  if (n > 0) worked_ns += now_ns() - begun;
}

static void wait_until_ready(double seconds) {
  int64_t end = now_ns() + (int64_t)(seconds * 1e9);
  while (waiting_ready > 0 && now_ns() < end) step(10);
  if (waiting_ready > 0) fprintf(stderr, "load: %d clients are not ready\n", waiting_ready);
}

static void add(int room, int count) {
  conns = realloc(conns, (conn_count + count) * sizeof *conns);
  for (int i = 0; i < count; i++) {
    while (handshakes >= MOST_HANDSHAKES) step(10);
    Conn *c = calloc(1, sizeof *c);
    *c = (Conn){.kind = CLIENT, .room = room, .number = conn_count};
    conns[conn_count++] = c;
    if (room >= 0) rooms[room].clients++;
    handshakes++;
    waiting_ready++;
    dial(c, port);
    step(0);
  }
}

/* Connect those who publish; again, where a server has hung up on them while they had nothing to say. */
static void call_publishers(void) {
  for (int i = 0; i < publishers; i++) {
    if (pubs[i]->state != CLOSED) continue;
    dial(pubs[i], publish_port);
    while (pubs[i]->state != READY) step(10);
  }
}

static void make_publishers(void) {
  pubs = calloc(publishers, sizeof *pubs);
  for (int i = 0; i < publishers; i++) {
    pubs[i] = calloc(1, sizeof **pubs);
    *pubs[i] = (Conn){.kind = PUBLISHER, .room = -1, .number = 60000 + i, .state = CLOSED};
  }
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void begin_counting(void) {
  deliveries = bytes = frames = messages = lost = 0;
  sample_count = 0;
  counting = 1;
}

static void report(double seconds, double cpu) {
  qsort(samples, sample_count, sizeof *samples, by_size);
  double p50 = sample_count ? samples[sample_count / 2] / 1000.0 : 0;
  double p99 = sample_count ? samples[(size_t)(sample_count * 0.99)] / 1000.0 : 0;
  printf("{\"deliveries\":%llu,\"messages\":%llu,\"seconds\":%.6f,\"bytes\":%llu,\"lost\":%llu,\"closed\":%llu,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu\":%.4f}\n",
         (unsigned long long)deliveries, (unsigned long long)messages, seconds, (unsigned long long)bytes,
         (unsigned long long)lost, (unsigned long long)closed, p50, p99, cpu / seconds);
  fflush(stdout);
}

/* A message that does not reach everybody within 10 s is lost, and another one takes its turn. */
static void look_for_lost(int64_t now) {
  for (int i = 0; i < RING; i++) {
    Message *m = &ring[i];
    if (!m->missing || now - m->at < 10000000000LL) continue;
    m->missing = 0;
    lost++;
    if (launching && window_) launch(m->room, now);
  }
}

static int in_flight(void) {
  int found = 0;
  for (int i = 0; i < RING; i++) found += ring[i].missing > 0;
  return found;
}

static void settle(void) {
  launching = 0;
  int64_t end = now_ns() + 10000000000LL;
  while (now_ns() < end && in_flight()) step(5);
  for (int i = 0; i < RING; i++) {
    lost += ring[i].missing > 0;
    ring[i].missing = 0;
  }
}

static void run(double seconds, int window) {
  step(0);
  call_publishers();
  window_ = window;
  launching = 1;
  begin_counting();
  worked_ns = 0;
  int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9), look = start + 1000000000LL, now;
  for (int w = 0; w < window; w++)
    for (int r = 0; r < room_count; r++) launch(r, now_ns());
  while ((now = now_ns()) < end) {
    step(1);
    if (now > look) {
      look_for_lost(now);
      look = now + 1000000000LL;
    }
  }
  counting = 0;
  double took = (now - start) / 1e9, used = worked_ns / 1e9;
  settle();
  report(took, used);
}

static void pace(double seconds, double rate) {
  step(0);
  call_publishers();
  window_ = 0;
  launching = 1;
  begin_counting();
  worked_ns = 0;
  int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9), now;
  uint64_t sent = 0, planned = (uint64_t)(seconds * rate);
  while ((now = now_ns()) < end) {
    int64_t due = end;
    while (sent < planned && (due = start + (int64_t)(sent * 1e9 / rate)) <= now) launch(sent++ % room_count, due);
    /* The last millisecond is waited for awake: epoll's clock is no finer. */
    step(due - now > 2000000 ? 1 : 0);
  }
  double took = (now_ns() - start) / 1e9, used = worked_ns / 1e9;
  settle();
  counting = 0;
  report(took, used);
}

/* Cut everybody off; each comes back after `from` to `to` ms, and counts once it is inside again. */
static void storm(int from, int to) {
  waiting_ready = conn_count;
  handshakes = conn_count;
  ready_count = 0;
  ready_at = calloc(conn_count, sizeof *ready_at);
  closed = 0;
  struct linger at_once = {1, 0};
  for (int i = 0; i < conn_count; i++) {
    setsockopt(conns[i]->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(conns[i]->fd);
    conns[i]->state = CLOSED;
    conns[i]->kept = 0;
  }
  int64_t start = now_ns();
  for (int i = 0; i < conn_count; i++) conns[i]->due = start + (int64_t)((from + drand48() * (to - from)) * 1e6) + 1;
  double cpu = cpu_seconds();
  while (waiting_ready && now_ns() - start < 60000000000LL) {
    int64_t now = now_ns();
    for (int i = 0; i < conn_count; i++)
      if (conns[i]->state == CLOSED && conns[i]->due > 0 && conns[i]->due <= now) dial(conns[i], port);
    step(1);
  }
  double took = (now_ns() - start) / 1e9, used = cpu_seconds() - cpu;
  double half = ready_count > conn_count / 2 ? (ready_at[conn_count / 2] - start) / 1e9 : -1;
  int most = (int)(conn_count * 0.99);
  double nearly = ready_count > most ? (ready_at[most] - start) / 1e9 : -1;
  printf("{\"back\":%d,\"seconds\":%.3f,\"half_s\":%.3f,\"p99_s\":%.3f,\"cpu\":%.4f}\n", ready_count, took, half,
         nearly, used / took);
  fflush(stdout);
  free(ready_at);
  ready_at = NULL;
}

static char *unescaped(char *text) {
  char *to = text;
  for (char *from = text; *from; from++) {
    if (from[0] == '\\' && from[1] == 'n') *to++ = '\n', from++;
    else if (from[0] == '\\' && from[1] == 'r') *to++ = '\r', from++;
    else *to++ = *from;
  }
  *to = 0;
  return text;
}

static char *next_line(FILE *file) {
  char *line = NULL;
  size_t size = 0;
  ssize_t length = getline(&line, &size, file);
  if (length <= 0) return NULL;
  if (line[length - 1] == '\n') line[length - 1] = 0;
  return line;
}

static void read_rooms(const char *name) {
  FILE *file = fopen(name, "r");
  if (!file) die(name);
  for (char *line; (line = next_line(file));) {
    rooms = realloc(rooms, (room_count + 1) * sizeof *rooms);
    Room *room = &rooms[room_count++];
    char *publish;
    room->enter = strsep(&line, "\t");
    room->back = strsep(&line, "\t");
    publish = strsep(&line, "\t");
    if (!publish || !strstr(publish, "@@")) die("a room without its three fields");
    room->publish = unescaped(publish);
    room->publish_length = strlen(room->publish);
    room->clients = 0;
  }
  fclose(file);
}

/* One line of headers for each client in turn: a session's cookie, say. */
static void read_headers(const char *name) {
  FILE *file = fopen(name, "r");
  if (!file) die(name);
  for (char *line; (line = next_line(file));) {
    headers = realloc(headers, (header_lines + 1) * sizeof *headers);
    headers[header_lines++] = unescaped(line);
  }
  fclose(file);
}

static void read_options(int count, char **words) {
  for (int i = 0; i < count; i++) {
    char *value = strchr(words[i], '=');
    if (!value) die(words[i]);
    *value++ = 0;
    if (!strcmp(words[i], "idle-ready")) idle_mark = value;
    else if (!strcmp(words[i], "room-ready")) room_mark = value;
    else if (!strcmp(words[i], "headers")) headers_file = value;
    else if (!strcmp(words[i], "socket-io")) socket_io = atoi(value);
    else if (!strcmp(words[i], "first-house")) first_house = atoi(value);
    else if (!strcmp(words[i], "publish-port")) publish_port = atoi(value);
    else if (!strcmp(words[i], "publishers")) publishers = atoi(value);
    else if (!strcmp(words[i], "publish-by"))
      publishing = !strcmp(value, "line") ? BY_LINE : !strcmp(value, "http") ? BY_HTTP : BY_FRAME;
    else die(words[i]);
  }
}

static void obey(char *line) {
  double first = 0, second = 0;
  char verb[16];
  if (sscanf(line, "%15s %lf %lf", verb, &first, &second) < 1) return;
  if (!strcmp(verb, "idle") || !strcmp(verb, "rooms")) {
    int64_t start = now_ns();
    ready_count = 0;
    if (verb[0] == 'i') add(-1, (int)first);
    else
      for (int r = 0; r < room_count; r++) add(r, (int)first);
    wait_until_ready(120);
    printf("{\"ready\":%d,\"seconds\":%.3f}\n", ready_count, (now_ns() - start) / 1e9);
    fflush(stdout);
  } else if (!strcmp(verb, "run")) run(first, (int)second);
  else if (!strcmp(verb, "pace")) pace(first, second);
  else if (!strcmp(verb, "storm")) storm((int)first, (int)second);
  else die(verb);
}

int main(int argc, char **argv) {
  if (argc < 4) die("usage: load PORT PATH ROOMS_FILE OPTION=VALUE...");
  port = publish_port = atoi(argv[1]);
  path = argv[2];
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  read_options(argc - 4, argv + 4);
  read_rooms(argv[3]);
  if (*headers_file) read_headers(headers_file);
  input = malloc(READ_BYTES);
  samples = malloc(sizeof *samples * MOST_SAMPLES);
  epoll = epoll_create1(0);
  /* The standard input is looked at between commands and while nothing happens: clients answer pings then. */
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  make_publishers();
  char line[256];
  for (size_t length = 0;;) {
    ssize_t got = read(0, line + length, sizeof line - 1 - length);
    if (got == 0) return 0;
    if (got > 0) {
      length += got;
      line[length] = 0;
      for (char *end; (end = strchr(line, '\n'));) {
        *end = 0;
        obey(line);
        length -= end + 1 - line;
        memmove(line, end + 1, length + 1);
      }
    }
    step(5);
  }
}
