// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring of ykvm-zc in the guest.
 *
 *   guest_zc IFNAME drain MILLISECONDS FRAME_BYTES [PAUSE_US]   takes frames and checks them
 *   guest_zc IFNAME forward MILLISECONDS                        sends each frame back before it gives it back
 *   guest_zc IFNAME scribble MILLISECONDS                       a hostile reader: any index, any entry, any order
 *   guest_zc IFNAME refused                                     rings that this hardware cannot fill
 *
 * The first two print one line of counts; exit 0: frames were intact and in order, and the counts balance.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define PKTGEN_MAGIC 0xbe9be955U
#define OFF_MAGIC 42
#define OFF_SEQUENCE 46
#define OFF_PAYLOAD 58
#define SLOTS 256

static const char *ifname;
static volatile sig_atomic_t stopped;

struct counts {
	uint64_t taken, sent, damaged, disordered;
	int64_t last;
};

static void on_term(int number)
{
	(void)number;
	stopped = 1;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint32_t word(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return ntohl(w);
}

static int bind_ring(const struct guest_ring *g)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(ifname), .flags = YKVM_BIND_ZEROCOPY };

	return ioctl(g->fd, YKVM_BIND, &b) ? -errno : 0;
}

static bool ring_open(struct guest_ring *g, uint32_t wake_frames)
{
	struct ykvm_setup s = { .flags = YKVM_SETUP_DROP_NEWEST,
				.slots = SLOTS,
				.wake_frames = wake_frames,
				.wake_usecs = wake_frames > 1 ? 1000 : 0 };

	return guest_open(g, &s) && bind_ring(g) == 0;
}

/* Frames of pktgen: the first bytes say which; the payload is zero as it was sent. */
static void check(struct counts *c, const struct ykvm_frame *f, const uint8_t *data, uint32_t bytes)
{
	int64_t sequence;
	uint32_t i;

	if (f->caplen < OFF_PAYLOAD || word(data + OFF_MAGIC) != PKTGEN_MAGIC)
		return;
	sequence = word(data + OFF_SEQUENCE);
	c->disordered += sequence <= c->last;
	c->last = sequence;
	c->taken++;
	c->damaged += bytes && (f->len != bytes || f->caplen != bytes);
	for (i = OFF_PAYLOAD; i < f->caplen; i++)
		if (data[i]) {
			c->damaged++;
			break;
		}
}

static bool wait_frames(const struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };

	poll(&p, 1, 5);
	return !(p.revents & POLLHUP);
}

static void drain(struct guest_ring *g, struct counts *c, uint64_t until, uint32_t bytes, useconds_t pause)
{
	const struct ykvm_frame *f;
	const uint8_t *data;

	do {
		struct ykvm_batch b = ykvm_reader_take(&g->reader, 64);

		if (ykvm_batch_empty(&b) && !wait_frames(g))
			break;
		if (pause && !ykvm_batch_empty(&b))
			usleep(pause);
		while ((f = ykvm_batch_next(&b, &data)))
			check(c, f, data, bytes);
		ykvm_reader_release(&g->reader, &b);
		if (ykvm_reader_kick_due(&g->reader))
			ioctl(g->fd, YKVM_KICK);
	} while (!stopped && now_ms() < until);
}

static struct ykvm_tx *tx_of(const struct guest_ring *g)
{
	return (struct ykvm_tx *)(g->user + g->setup.tx_off);
}

/* What was taken is held while it is sent, and given back right after: the driver must not refill it before it left. */
static void forward(struct guest_ring *g, struct counts *c, uint64_t until)
{
	struct ykvm_tx *tx = tx_of(g);
	const struct ykvm_frame *f;
	const uint8_t *data;

	do {
		struct ykvm_batch b = ykvm_reader_take(&g->reader, 32);

		if (ykvm_batch_empty(&b))
			wait_frames(g);
		while ((f = ykvm_batch_next(&b, &data))) {
			check(c, f, data, 0);
			tx[c->sent % YKVM_TX_SLOTS] =
				(struct ykvm_tx) { .buffer = ykvm_reader_buffer(&g->reader, f), .len = f->len };
			c->sent++;
		}
		ykvm_reader_keep(&g->reader, &b);
		__atomic_store_n(&g->reader.user->tx_producer, c->sent, __ATOMIC_RELEASE);
		do
			ioctl(g->fd, YKVM_KICK);
		while (__atomic_load_n(&g->reader.state->tx_consumer, __ATOMIC_ACQUIRE) != c->sent);
		ykvm_reader_release(&g->reader, &b);
		ioctl(g->fd, YKVM_KICK);
	} while (!stopped && now_ms() < until);
	while (__atomic_load_n(&g->reader.state->tx_done, __ATOMIC_ACQUIRE) != c->sent)
		usleep(1000);
}

static void scribble(struct guest_ring *g, uint64_t until)
{
	struct ykvm_user *u = g->reader.user;
	struct ykvm_tx *tx = tx_of(g);
	unsigned int x = 1;

	do {
		uint64_t producer = g->reader.state->producer;
		uint64_t wrong[] = { ~0ULL,
				     0,
				     producer,
				     producer + 1,
				     producer - SLOTS,
				     producer + (1ULL << 63),
				     (uint64_t)rand_r(&x) << 32 | (uint64_t)rand_r(&x) };

		u->consumer = wrong[rand_r(&x) % 7];
		u->released = wrong[rand_r(&x) % 7];
		u->tx_producer = rand_r(&x) % 4 ? g->reader.state->tx_consumer + 4 : wrong[rand_r(&x) % 7];
		tx[rand_r(&x) % YKVM_TX_SLOTS] = (struct ykvm_tx) { .buffer = (uint32_t)rand_r(&x) % (2 * SLOTS),
								    .len = (uint32_t)rand_r(&x) % 10000 };
		if (rand_r(&x) % 4 == 0)
			ioctl(g->fd, YKVM_KICK);
		if (rand_r(&x) % 64 == 0)
			usleep(100);
	} while (now_ms() < until);
}

static int report(struct guest_ring *g, const struct counts *c)
{
	struct ykvm_stats s = guest_stats(g);
	bool balanced = s.received == c->taken + s.left && s.sent + s.send_failed == c->sent;

	printf("received %llu taken %llu left %llu damaged %llu disordered %llu chained %llu sent %llu send_failed "
	       "%llu",
	       s.received, (unsigned long long)c->taken, s.left, (unsigned long long)c->damaged,
	       (unsigned long long)c->disordered, s.chained, s.sent, s.send_failed);
	printf(" bad_index %llu %s\n", s.bad_index, balanced ? "balanced" : "NOT BALANCED");
	return balanced && c->taken && !c->damaged && !c->disordered && !s.bad_index && !s.send_failed ? 0 : 1;
}

static int refused_one(uint32_t flags, uint32_t slots, uint32_t bytes, uint32_t member, int want)
{
	struct ykvm_setup s = { .flags = flags, .slots = slots, .buffer_bytes = bytes };
	struct ykvm_bind b = {
		.ifindex = if_nametoindex(ifname), .flags = YKVM_BIND_ZEROCOPY, .member = member, .members = member + 1
	};
	struct guest_ring g;
	int got = -EIO;

	if (guest_open(&g, &s)) {
		got = ioctl(g.fd, YKVM_BIND, &b) ? -errno : 0;
		guest_close(&g);
	}
	if (got != want)
		printf("flags %u slots %u bytes %u member %u: %d, not %d\n", flags, slots, bytes, member, got, want);
	return got != want;
}

static int refused(void)
{
	struct guest_ring g;
	int bad;

	bad = refused_one(0, 64, 2048, 0, -EINVAL);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 512, 0, -EINVAL);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 8192, 0, -EINVAL);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 2048, 1, -EINVAL);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 2048, 9, -EINVAL);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 1024, 0, 0);
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 8192, 4096, 0, 0);
	if (!ring_open(&g, 1))
		return 1;
	bad += refused_one(YKVM_SETUP_DROP_NEWEST, 64, 2048, 0, -EBUSY);
	guest_close(&g);
	return bad != 0;
}

int main(int argc, char **argv)
{
	struct counts c = { .last = -1 };
	struct guest_ring g;
	uint64_t until;
	int status = 0;

	if (argc < 3)
		return 2;
	ifname = argv[1];
	signal(SIGTERM, on_term);
	if (!strcmp(argv[2], "refused"))
		return refused();
	until = now_ms() + (argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
	if (!ring_open(&g, 32)) {
		perror("guest_zc: open or bind");
		return 1;
	}
	if (!strcmp(argv[2], "drain"))
		drain(&g, &c, until, argc > 4 ? (uint32_t)atoi(argv[4]) : 0, argc > 5 ? (useconds_t)atoi(argv[5]) : 0);
	else if (!strcmp(argv[2], "forward"))
		forward(&g, &c, until);
	else
		scribble(&g, until);
	ioctl(g.fd, YKVM_UNBIND);
	if (strcmp(argv[2], "scribble"))
		status = report(&g, &c);
	guest_close(&g);
	return status;
}
