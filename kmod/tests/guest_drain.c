// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures with ykvm in the guest, and checks what comes.
 *
 *   guest_drain IFNAME MILLISECONDS FRAME_BYTES [PAUSE_US [newest]]
 *
 * Ends after so long, or at SIGTERM. FRAME_BYTES: length of pktgen's frames, without FCS. PAUSE_US: dawdle so long
 * over each batch. newest: a full ring drops, with buffers of 256 bytes, so that longer frames are chains. Prints one line of counts; exit 0: every frame was intact, in
 * order, and the counts balance.
 */
#include <arpa/inet.h>
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

struct counts {
	uint64_t taken;
	uint64_t foreign;
	uint64_t damaged; /* wrong length, wrong position, payload not zero as sent */
	uint64_t disordered;
	int64_t last; /* sequence number */
	uint64_t first; /* position that the ring began with */
};

static uint32_t word(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return ntohl(w);
}

static bool payload_zero(const uint8_t *p, uint32_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	return n == 0;
}

static void check_frame(struct counts *c, const struct ykvm_frame *f, const uint8_t *data, uint64_t position,
			uint32_t frame_bytes)
{
	int64_t sequence;

	c->damaged += f->seq != (uint32_t)position || f->caplen != f->len;
	if (f->caplen < OFF_PAYLOAD || word(data + OFF_MAGIC) != PKTGEN_MAGIC) {
		c->foreign++;
		return;
	}
	sequence = word(data + OFF_SEQUENCE);
	c->disordered += sequence <= c->last;
	c->last = sequence;
	c->damaged += f->len != frame_bytes || !payload_zero(data + OFF_PAYLOAD, frame_bytes - OFF_PAYLOAD);
}

static volatile sig_atomic_t stopped;

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

static void drain(struct guest_ring *g, struct counts *c, uint64_t until, uint32_t frame_bytes, useconds_t pause)
{
	do { /* at least once, however late it is */
		struct pollfd p = { .fd = g->fd, .events = POLLIN };
		struct ykvm_batch b = ykvm_reader_take(&g->reader, YKVM_BATCH_MAX);
		const struct ykvm_frame *f;
		const uint8_t *data;
		uint64_t at = b.at;

		if (ykvm_batch_empty(&b)) {
			poll(&p, 1, 5);
			continue;
		}
		if (pause)
			usleep(pause);
		for (; (f = ykvm_batch_next(&b, &data)); at = b.at, c->taken++)
			check_frame(c, f, data, at, frame_bytes);
		ykvm_reader_release(&g->reader, &b);
	} while (!stopped && now_ms() < until);
}

static int report(const struct guest_ring *g, const struct counts *c)
{
	struct ykvm_stats s = guest_stats(g);
	bool balanced;

	s.received -= c->first;
	balanced = g->setup.flags & YKVM_SETUP_DROP_NEWEST
			   ? s.overwritten == 0 && (s.left > 0 || s.received == c->taken)
			   : s.full == 0 && s.received == c->taken + s.overwritten + s.left;
	printf("received %llu taken %llu overwritten %llu left %llu foreign %llu damaged %llu disordered %llu",
	       s.received, (unsigned long long)c->taken, s.overwritten, s.left, (unsigned long long)c->foreign,
	       (unsigned long long)c->damaged, (unsigned long long)c->disordered);
	printf(" full %llu chained %llu no_spare %llu bad_index %llu %s\n", s.full, s.chained, s.no_spare, s.bad_index,
	       balanced ? "balanced" : "NOT BALANCED");
	return balanced && !c->damaged && !c->disordered && !s.no_spare && !s.bad_index ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct counts c = { .last = -1 };
	struct ykvm_setup want = { 0 };
	struct guest_ring g;

	if (argc < 4) {
		fprintf(stderr, "guest_drain IFNAME MILLISECONDS FRAME_BYTES [PAUSE_US [newest]]\n");
		return 2;
	}
	signal(SIGTERM, on_term);
	if (argc > 5 && strcmp(argv[5], "newest") == 0)
		want = (struct ykvm_setup) { .flags = YKVM_SETUP_DROP_NEWEST, .buffer_bytes = 256 };
	if (!guest_open(&g, &want)) {
		perror("guest_drain: open");
		return 1;
	}
	c.first = g.reader.at;
	if (guest_bind(g.fd, if_nametoindex(argv[1])) != 0) {
		perror("guest_drain: bind");
		return 1;
	}
	drain(&g, &c, now_ms() + strtoull(argv[2], NULL, 10), (uint32_t)atoi(argv[3]),
	      argc > 4 ? (useconds_t)atoi(argv[4]) : 0);
	ioctl(g.fd, YKVM_UNBIND);
	return report(&g, &c);
}
