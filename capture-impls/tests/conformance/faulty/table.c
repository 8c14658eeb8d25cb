// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A table of captures that each break one promise, and one that keeps all: what the suite is worth is that it finds them.
 * Linked in front of the library, whose own table is then left out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "harness/util/bpf.h"
#include "capture-impls/common/packet_socket.h"
#include "harness/util/netif.h"

#define LEFT_S 8 /* longer than the suite waits for it to go */
#define BOTTOMLESS_BYTES (1 << 26)
#define SMALL_BYTES 4096
#define SECOND_BYTES (1 << 20)

/* clang-format off */
#define FAULTS(X) \
	X(NONE, "sound") \
	X(LEAVES_A_FILE, "leaves-a-file") \
	X(LEAVES_MEMORY, "leaves-memory") \
	X(LEAVES_A_MAPPING, "leaves-a-mapping") \
	X(LEAVES_A_SETTING, "leaves-a-setting") \
	X(LEAVES_A_FILE_WHEN_IT_FAILS, "leaves-a-file-when-it-fails") \
	X(LEAVES_A_FILE_WHEN_FEW, "leaves-a-file-when-few-are-allowed") \
	X(LEAVES_A_FILE_WHEN_REMOVED, "leaves-a-file-when-removed") \
	X(LEAVES_A_FILE_WHEN_SMALL, "leaves-a-file-when-small") /* rcvbuf_bytes at its least */ \
	X(LEAVES_A_MAPPING_WHEN_SHORT, "leaves-a-mapping-when-short") /* of memory */ \
	X(TAKES_ALL_MEMORY, "takes-all-memory") \
	X(CLOSES_A_FILE_OF_OTHERS, "closes-a-file-of-others") /* 0, as its memory was zeroed */ \
	X(FAILS_WITHOUT_A_WORD, "fails-without-a-word") \
	X(NEEDS_NO_RIGHT, "needs-no-right") /* and its row says that it does */ \
	X(HIDES_ITS_NEED, "hides-its-need") /* of a right, and its row says that it has none */ \
	X(TAKES_ANY_NAME, "takes-any-name") \
	X(IDLES_ON_ONE_CPU, "idles-on-one-cpu") \
	X(OVERDRAWS, "overdraws") \
	X(MISCOUNTS, "miscounts") \
	X(BLOCKS, "blocks") \
	X(SLEEPS_ON, "sleeps-on") \
	X(NEVER_SLEEPS, "never-sleeps") \
	X(MINDS_SIGNALS, "minds-signals") \
	X(FLIPS_A_BYTE, "flips-a-byte") \
	X(CUTS_A_BYTE, "cuts-a-byte") \
	X(HIDES_TAGS, "hides-tags") /* and its row does not say so */ \
	X(KEEPS_ALL, "keeps-all") /* whatever the setting snaplen */ \
	X(LETS_ALL_IN, "lets-all-in") /* whatever the setting filter */ \
	X(SWAPS, "swaps") \
	X(REPEATS, "repeats") \
	X(COUNTS_BACKWARDS, "counts-backwards") \
	X(KNOWS_TOO_MUCH, "knows-too-much") \
	X(COUNTS_NO_LOSS, "counts-no-loss") \
	X(BOTTOMLESS, "bottomless") /* no fault: it holds all that `full` sends, and counts no loss */ \
	X(CRASHES_WHEN_DOWN, "crashes-when-down") \
	X(HANGS_WHEN_REMOVED, "hangs-when-removed") \
	X(LEAVES_A_PROGRAM, "leaves-a-program")
/* clang-format on */

#define FAULT_NUMBER(fault, name) fault,
enum fault { FAULTS(FAULT_NUMBER) };

struct faulty {
	uint32_t snaplen, rcvbuf_bytes; /* parameters */
	char filter[CAPTURE_NAME_MAX];
	struct packet_socket socket;
	uint64_t read;
	int kept;
	uint8_t frame[2][2048];
};

static const struct capture_param params[] = {
	{ "snaplen", PARAM_U32, offsetof(struct faulty, snaplen), "2048", SINK_HEAD_BYTES, 2048, "bytes: most kept" },
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct faulty, rcvbuf_bytes), "1048576", SMALL_BYTES, 1u << 24,
	  "bytes: of it" },
	{ "filter", PARAM_NAME, offsetof(struct faulty, filter), "all", 0, 0, "name: all, udp or arp" },
	{ 0 },
};

static enum fault fault_of(const struct capture *c)
{
	int i = 0;

	while (captures[i] != c->ops)
		i++;
	return (enum fault)i;
}

static int check(const void *priv, struct err *e)
{
	const struct faulty *f = priv;

	if (!strcmp(f->filter, "all") || !strcmp(f->filter, "udp") || !strcmp(f->filter, "arp"))
		return 0;
	return err_set(e, -EINVAL, "filter=%s: must be all, udp or arp", f->filter);
}

/* It outlives its parent and keeps everything open. */
static int leave_program(struct capture *c)
{
	static const struct bpf_insn pass[] = { BPF_SET(0, XDP_PASS), BPF_RETURN() };
	int fd = bpf_xdp_load(pass, 2, "left", &c->err);

	if (fd >= 0 && !fork()) {
		alarm(LEFT_S);
		for (;;)
			pause();
	}
	return fd < 0 ? fd : 0;
}

/* The second does not open, and the first stays. */
static int open_two_files(struct capture *c)
{
	int first = dup(0), second = first < 0 ? -1 : dup(0);

	if (second < 0)
		return err_sys(&c->err, "dup");
	close(first);
	close(second);
	return 0;
}

static int map_twice(struct capture *c)
{
	const int prot = PROT_READ, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *first = mmap(NULL, SMALL_BYTES, prot, flags, -1, 0), *second;

	if (first == MAP_FAILED)
		return err_sys(&c->err, "mmap");
	second = mmap(NULL, SECOND_BYTES, prot, flags, -1, 0);
	if (second == MAP_FAILED)
		return err_sys(&c->err, "mmap");
	munmap(first, SMALL_BYTES);
	munmap(second, SECOND_BYTES);
	return 0;
}

static int take_all_memory(void)
{
	const struct rlimit none = { 0, RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &none);
	while (malloc(64))
		;
	return 0;
}

static int misbehave(struct capture *c)
{
	const struct faulty *f = c->priv;

	switch (fault_of(c)) {
	case LEAVES_A_FILE:
		return dup(0) < 0 ? err_sys(&c->err, "dup") : 0;
	case LEAVES_MEMORY:
		return malloc(2048) ? 0 : -ENOMEM;
	case LEAVES_A_MAPPING:
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return 0;
	case LEAVES_A_SETTING:
		return netif_flags(c->ifname, IFF_ALLMULTI, 0, &c->err);
	case LEAVES_A_PROGRAM:
		return leave_program(c);
	case LEAVES_A_FILE_WHEN_FEW:
		return open_two_files(c);
	case LEAVES_A_FILE_WHEN_SMALL:
		return f->rcvbuf_bytes == SMALL_BYTES && dup(0) < 0 ? err_sys(&c->err, "dup") : 0;
	case LEAVES_A_MAPPING_WHEN_SHORT:
		return map_twice(c);
	case TAKES_ALL_MEMORY:
		return take_all_memory();
	case LETS_ALL_IN:
		return setsockopt(f->socket.fd, SOL_SOCKET, SO_DETACH_FILTER, &(int) { 0 }, sizeof(int)) &&
				       errno != ENOENT
			       ? err_sys(&c->err, "SO_DETACH_FILTER")
			       : 0;
	default:
		return 0;
	}
}

static void faulty_close(struct capture *c)
{
	struct faulty *f = c->priv;

	if (fault_of(c) == CLOSES_A_FILE_OF_OTHERS && !f->socket.opened)
		close(0);
	packet_socket_close(&f->socket);
	if (fault_of(c) == LEAVES_A_FILE_WHEN_REMOVED && !if_nametoindex(c->ifname))
		f->kept = dup(0);
}

static int faulty_open(struct capture *c)
{
	struct faulty *f = c->priv;
	uint32_t bytes = fault_of(c) == BOTTOMLESS ? BOTTOMLESS_BYTES : f->rcvbuf_bytes;
	int r = packet_socket_new(c, &f->socket);

	r = r ? r : packet_socket_buffer(c, &f->socket, bytes);
	r = r ? r : packet_socket_bind(c, &f->socket);
	r = r ? r : misbehave(c);
	if (r && fault_of(c) == NEEDS_NO_RIGHT)
		r = 0;
	if (r && fault_of(c) == LEAVES_A_FILE_WHEN_IT_FAILS && dup(0) < 0)
		return r;
	if (r && fault_of(c) == FAILS_WITHOUT_A_WORD)
		c->err.text[0] = '\0';
	if (r)
		faulty_close(c);
	return r;
}

/* Takes one frame and returns its length; 0: there is none, or the filter rejected it; -1: none. */
static int fetch(struct capture *c, int place)
{
	struct faulty *f = c->priv;
	ssize_t n = recv(f->socket.fd, f->frame[place], sizeof(f->frame[0]), MSG_DONTWAIT | MSG_TRUNC);
	bool arp = f->frame[place][12] == 8 && f->frame[place][13] == 6;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : err_sys(&c->err, "recv");
	f->read++;
	if (fault_of(c) != LETS_ALL_IN && (!strcmp(f->filter, "arp") ? !arp : !strcmp(f->filter, "udp") && arp))
		return 0;
	return (int)n;
}

static void hand_out(struct capture *c, int place, uint32_t len)
{
	struct faulty *f = c->priv;
	uint32_t caplen = len < f->snaplen || fault_of(c) == KEEPS_ALL ? len : f->snaplen;

	if (fault_of(c) == FLIPS_A_BYTE && len == 1024)
		f->frame[place][1023] ^= 1;
	if (fault_of(c) == CUTS_A_BYTE && len == 1514)
		caplen--;
	sink_packet(c->sink, f->frame[place], caplen, len);
}

static bool one_cpu(void)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) == 1;
}

static int faulty_poll(struct capture *c, int budget)
{
	const struct timespec long_time = { 2, 0 };
	int n = 0, len = 0, other;

	if (fault_of(c) == CRASHES_WHEN_DOWN && fetch(c, 0) < -1)
		raise(SIGSEGV);
	while (fault_of(c) == HANGS_WHEN_REMOVED && !if_nametoindex(c->ifname))
		;
	if (fault_of(c) == IDLES_ON_ONE_CPU && one_cpu())
		return 0;
	if (fault_of(c) == BLOCKS)
		nanosleep(&long_time, NULL);
	for (; n < budget + (fault_of(c) == OVERDRAWS) && (len = fetch(c, 0)) >= 0; n += len > 0) {
		if (!len)
			continue;
		other = fault_of(c) == SWAPS && n + 1 < budget ? fetch(c, 1) : -1;
		if (other > 0)
			hand_out(c, 1, (uint32_t)other);
		n += other > 0;
		hand_out(c, 0, (uint32_t)len);
		if (fault_of(c) == REPEATS && n == 7 && ++n < budget)
			hand_out(c, 0, (uint32_t)len);
	}
	return len < -1 && !n ? len : fault_of(c) == MISCOUNTS && n > 1 ? n - 1 : n;
}

static int faulty_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct faulty *f = c->priv;
	struct pollfd p = { .fd = fault_of(c) == SLEEPS_ON ? -1 : f->socket.fd, .events = POLLIN };

	if (fault_of(c) == NEVER_SLEEPS)
		return 0;
	if (ppoll(&p, 1, &timeout, NULL) < 0 && (errno != EINTR || fault_of(c) == MINDS_SIGNALS))
		return err_sys(&c->err, "poll");
	return 0;
}

static int faulty_counts(struct capture *c, struct capture_counts *counts)
{
	struct faulty *f = c->priv;
	int r = packet_socket_counts(c, &f->socket, f->read, counts);

	if (fault_of(c) == COUNTS_BACKWARDS && counts->received.value > 60)
		counts->received.value = 60 - counts->received.value / 50;
	if (fault_of(c) == COUNTS_NO_LOSS || fault_of(c) == KNOWS_TOO_MUCH)
		counts->dropped = counter_of(0);
	if (fault_of(c) == BOTTOMLESS)
		counts->dropped = (struct counter) { 0 };
	return r;
}

#define CAPS_OF(fault)                                                                     \
	(((fault) == HIDES_ITS_NEED ? 0 : CAPTURE_NEEDS_ROOT) |                            \
	 ((fault) == KNOWS_TOO_MUCH || (fault) == BOTTOMLESS ? 0 : CAPTURE_COUNTS_DROPS) | \
	 ((fault) == HIDES_TAGS ? 0 : CAPTURE_LOSES_VLAN))
#define ROW(fault, called)                                         \
	[fault] = {                                                \
		.name = called,                                    \
		.summary = "keeps every promise but one",          \
		.caps = CAPS_OF(fault),                            \
		.priv_size = sizeof(struct faulty),                \
		.params = params,                                  \
		.check = (fault) == TAKES_ANY_NAME ? NULL : check, \
		.open = faulty_open,                               \
		.poll = faulty_poll,                               \
		.wait = faulty_wait,                               \
		.counts = faulty_counts,                           \
		.close = faulty_close,                             \
	},
static const struct capture_ops rows[] = { FAULTS(ROW) };

#define ROW_ADDRESS(fault, name) &rows[fault],
const struct capture_ops *const captures[] = { FAULTS(ROW_ADDRESS) NULL };
