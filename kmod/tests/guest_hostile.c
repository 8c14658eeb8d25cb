// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers beside each other in the guest, one of which is honest and the other not, members of one group on an
 * interface that somebody floods with many flows.
 *
 *   guest_hostile IFNAME SECONDS scribble   writes anything into all that it may write, its buffers too, and kicks
 *   guest_hostile IFNAME SECONDS sleep      never reads
 *   guest_hostile IFNAME SECONDS oldest     likewise, its ring overwriting the oldest
 *
 * Ends after so long, or at SIGTERM. Prints one line; exit 0: the honest one lost nothing and had every frame
 * intact, the other one's losses were counted.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define SLOTS 16384
#define HOSTILE_SLOTS 256
#define BYTES 256
#define PKTGEN_MAGIC 0xbe9be955U
#define OFF_MAGIC 42

static volatile sig_atomic_t stopped;
static struct guest_ring honest, other;

static void on_term(int number)
{
	(void)number;
	stopped = 1;
}

static bool bind_member(const struct guest_ring *g, const char *name, uint32_t member)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(name), .member = member, .members = 2 };

	return guest_ioctl(g->fd, YKVM_BIND, &b) == 0;
}

/* An index as a wrong reader may have it: far off, a little off, or right. */
static uint64_t wrong_index(unsigned int *x, uint64_t right)
{
	static const uint64_t off[] = { 0,	    1,		-1ULL,	      HOSTILE_SLOTS, HOSTILE_SLOTS + 1,
					1ULL << 32, 1ULL << 63, -(1ULL << 40) };

	if (rand_r(x) % 8 == 0)
		return (uint64_t)rand_r(x) << 33 ^ (uint64_t)rand_r(x);
	return right + off[(unsigned int)rand_r(x) % 8];
}

static void *scribble(void *arg)
{
	volatile struct ykvm_user *user = (void *)other.user;
	struct ykvm_tx *tx = (void *)(other.user + other.setup.tx_off);
	unsigned int x = 5;
	uint32_t i;

	(void)arg;
	while (!stopped) {
		uint64_t producer = other.reader.state->producer;

		user->consumer = wrong_index(&x, producer);
		user->released = wrong_index(&x, producer);
		user->tx_producer = other.reader.state->tx_consumer + (unsigned int)rand_r(&x) % 8;
		for (i = 0; i < 16; i++) {
			tx[(unsigned int)rand_r(&x) % YKVM_TX_SLOTS] =
				(struct ykvm_tx) { .buffer = (uint32_t)rand_r(&x) % (2 * HOSTILE_SLOTS),
						   .len = (uint32_t)rand_r(&x) % 2000 };
			other.buffers[(uint32_t)rand_r(&x) % (HOSTILE_SLOTS * BYTES)] = (uint8_t)rand_r(&x);
		}
		if (rand_r(&x) % 16 == 0)
			ioctl(other.fd, YKVM_KICK);
	}
	return NULL;
}

struct counts {
	uint64_t taken;
	uint64_t damaged;
};

static void read_honest(struct counts *c)
{
	struct ykvm_batch b = ykvm_reader_take(&honest.reader, SLOTS);
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint32_t magic;

	while ((f = ykvm_batch_next(&b, &data))) {
		memcpy(&magic, data + OFF_MAGIC, sizeof(magic));
		c->damaged +=
			f->seq != (uint32_t)c->taken || f->len != 60 || f->caplen != 60 || ntohl(magic) != PKTGEN_MAGIC;
		c->taken++;
	}
	ykvm_reader_release(&honest.reader, &b);
}

/* It must keep up with the flood, whoever else wants the CPU. */
static void run(struct counts *c, time_t seconds)
{
	struct sched_param first = { .sched_priority = 50 };
	struct pollfd p = { .fd = honest.fd, .events = POLLIN };
	struct timespec now, end;

	sched_setscheduler(0, SCHED_FIFO, &first);
	clock_gettime(CLOCK_MONOTONIC, &end);
	do {
		poll(&p, 1, 10);
		read_honest(c);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!stopped && now.tv_sec - end.tv_sec < seconds);
	ioctl(honest.fd, YKVM_UNBIND);
	ioctl(other.fd, YKVM_UNBIND);
	read_honest(c);
}

static int report(const struct counts *c, const char *how)
{
	struct ykvm_stats h = guest_stats(&honest), o = guest_stats(&other);
	uint64_t lost = h.full + h.overwritten + h.no_spare + h.bad_index + h.unreadable;
	bool counted = strcmp(how, "scribble") == 0 ? o.bad_index > 0
		       : strcmp(how, "sleep") == 0  ? o.received == HOSTILE_SLOTS && o.full > 0
						    : o.received == o.overwritten + HOSTILE_SLOTS;

	printf("handed %llu honest received %llu taken %llu lost %llu damaged %llu; other received %llu overwritten "
	       "%llu full %llu ",
	       h.received + lost - h.overwritten + o.received + o.full + o.no_spare + o.bad_index + o.unreadable,
	       h.received, (unsigned long long)c->taken, (unsigned long long)lost, (unsigned long long)c->damaged,
	       o.received, o.overwritten, o.full);
	printf("no_spare %llu bad_index %llu sent %llu failed %llu\n", o.no_spare, o.bad_index, o.sent, o.send_failed);
	return lost == 0 && c->taken == h.received && c->taken > 0 && c->damaged == 0 && counted ? 0 : 1;
}

static bool open_other(const char *how)
{
	struct ykvm_setup want = { .slots = HOSTILE_SLOTS, .buffer_bytes = BYTES };

	if (strcmp(how, "oldest") != 0)
		want.flags |= YKVM_SETUP_DROP_NEWEST;
	if (strcmp(how, "scribble") == 0) {
		want.flags |= YKVM_SETUP_USER_MEMORY;
		want.memory_bytes = HOSTILE_SLOTS * BYTES;
		want.memory_addr = (uintptr_t)mmap(NULL, want.memory_bytes, PROT_READ | PROT_WRITE,
						   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	}
	return guest_open(&other, &want);
}

int main(int argc, char **argv)
{
	struct ykvm_setup want = { .slots = SLOTS, .buffer_bytes = BYTES, .flags = YKVM_SETUP_DROP_NEWEST };
	struct counts c = { 0 };
	pthread_t thread;
	bool hostile = argc == 4 && strcmp(argv[3], "scribble") == 0;

	if (argc != 4) {
		fprintf(stderr, "guest_hostile IFNAME SECONDS scribble|sleep|oldest\n");
		return 2;
	}
	signal(SIGTERM, on_term);
	if (!guest_open(&honest, &want) || !open_other(argv[3]) || !bind_member(&honest, argv[1], 0) ||
	    !bind_member(&other, argv[1], 1)) {
		perror("guest_hostile: open or bind");
		return 1;
	}
	if (hostile)
		pthread_create(&thread, NULL, scribble, NULL);
	run(&c, atoi(argv[2]));
	stopped = 1;
	if (hostile)
		pthread_join(thread, NULL);
	return report(&c, argv[3]);
}
