/* The floor: what writing the bytes costs, with nothing around it.
 *
 * The same sockets and the same frames as the servers under test, and one write for each message and
 * socket. A client says "join ROOM" and hears "joined"; "pub ROOM TEXT" sends TEXT to everybody in ROOM. It
 * does not compute the handshake's answer: no measured second holds a handshake, and our client does not look.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROOMS = 1024, MOST_FILES = 1 << 16, INPUT = 1 << 16 };

typedef struct {
  int *members;
  int count;
} Room;

static Room rooms[ROOMS];
static uint8_t open_[MOST_FILES];
static char *rest[MOST_FILES];
static int kept[MOST_FILES];

static int frame_of(char *frame, const char *text, int length) {
  frame[0] = (char)0x81;
  int head = 2;
  if (length < 126) {
    frame[1] = (char)length;
  } else {
    frame[1] = 126;
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    head = 4;
  }
  memcpy(frame + head, text, length);
  return head + length;
}

static void obey(int fd, char *text, int length) {
  static char frame[INPUT];
  char *end = text;
  if (length > 5 && !memcmp(text, "join ", 5)) {
    Room *room = &rooms[strtol(text + 5, NULL, 10) % ROOMS];
    room->members = realloc(room->members, (room->count + 1) * sizeof(int));
    room->members[room->count++] = fd;
    int size = frame_of(frame, "joined", 6);
    if (write(fd, frame, size) != size) exit(2);
  } else if (length > 4 && !memcmp(text, "pub ", 4)) {
    Room *room = &rooms[strtol(text + 4, &end, 10) % ROOMS];
    end++;
    int size = frame_of(frame, end, length - (int)(end - text));
    for (int i = 0; i < room->count; i++)
      if (write(room->members[i], frame, size) != size) exit(2);
  }
}

static void hear(int fd) {
  static char input[INPUT];
  memcpy(input, rest[fd], kept[fd]);
  ssize_t got = read(fd, input + kept[fd], INPUT - 1 - kept[fd]);
  if (got <= 0) {
    close(fd);
    open_[fd] = 0;
    kept[fd] = 0;
    return;
  }
  int length = kept[fd] + (int)got, at = 0;
  if (!open_[fd]) {
    char *end = memmem(input, length, "\r\n\r\n", 4);
    if (end) {
      static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
      open_[fd] = 1;
      at = (int)(end + 4 - input);
      if (write(fd, yes, sizeof yes - 1) < 0) exit(2);
    }
  }
  while (open_[fd] && length - at >= 6) {
    uint8_t *head = (uint8_t *)input + at;
    int size = head[1] & 127, header = 6;
    if (size == 126) {
      if (length - at < 8) break;
      size = head[2] << 8 | head[3];
      header = 8;
    }
    if (length - at < header + size) break;
    for (int i = 0; i < size; i++) head[header + i] ^= head[header - 4 + (i & 3)];
    char after = input[at + header + size];
    input[at + header + size] = 0;
    if ((head[0] & 15) == 1) obey(fd, input + at + header, size);
    input[at + header + size] = after;
    at += header + size;
  }
  kept[fd] = length - at;
  if (kept[fd]) {
    rest[fd] = realloc(rest[fd], kept[fd]);
    memcpy(rest[fd], input + at, kept[fd]);
  }
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int listening = socket(AF_INET, SOCK_STREAM, 0), one = 1, epoll = epoll_create1(0);
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 2048)) return 1;
  struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listening}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &wanted);
  for (;;) {
    int n = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd != listening) {
        hear(fd);
        continue;
      }
      fd = accept(listening, NULL, NULL);
      if (fd < 0 || fd >= MOST_FILES) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      wanted = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
    }
  }
}
