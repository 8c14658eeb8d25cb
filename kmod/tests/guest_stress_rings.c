// SPDX-License-Identifier: GPL-2.0-only
/* Of guest_stress.c: rings bound and unbound, their mappings, and memory that is not there. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest_stress.h"

static int bind_to(const struct guest_ring *g, const char *name, uint32_t flags)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(name), .flags = flags };

	return guest_ioctl(g->fd, YKVM_BIND, &b);
}

/* Takes what is there, or claims to; has the driver look, or not; sends what it holds, or what it does not. */
static void use(struct stress *s, struct guest_ring *g)
{
	struct ykvm_user *u = g->reader.user;
	struct ykvm_tx *tx = (struct ykvm_tx *)(g->user + g->setup.tx_off);
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct ykvm_wait w = { .timeout_ns = 1000000 };

	switch (stress_draw(s, 6)) {
	case 0:
		guest_drop_all(g);
		break;
	case 1:
		poll(&p, 1, 2);
		break;
	case 2:
		guest_ioctl(g->fd, YKVM_WAIT, &w);
		break;
	case 3:
		u->consumer = u->released = g->reader.state->producer + stress_draw(s, 3) - 1;
		guest_ioctl(g->fd, YKVM_KICK, NULL);
		break;
	case 4:
		tx[u->tx_producer % YKVM_TX_SLOTS] = (struct ykvm_tx) { .buffer = stress_draw(s, 2 * g->setup.slots),
									.len = 14 + stress_draw(s, 2000) };
		u->tx_producer++;
		guest_ioctl(g->fd, YKVM_KICK, NULL);
		break;
	default:
		stress_pause(s, 3000);
	}
}

/* Left bound, now and then: closing, or the end of the process, has to see to it. */
static void zero_copy_life(struct stress *s)
{
	struct ykvm_setup want = { .slots = 64U << stress_draw(s, 3),
				   .buffer_bytes = 1024U << stress_draw(s, 2),
				   .flags = YKVM_SETUP_DROP_NEWEST };
	struct guest_ring g;
	unsigned int n;

	if (!stress_open(&g, &want))
		return;
	if (bind_to(&g, s->dut, YKVM_BIND_ZEROCOPY) == 0)
		s->hits++;
	for (n = stress_draw(s, 8); n > 0; n--)
		use(s, &g);
	if (stress_draw(s, 2))
		guest_ioctl(g.fd, YKVM_UNBIND, NULL);
	guest_close(&g);
}

void stress_unbind(struct stress *s)
{
	if (stress_draw(s, 4))
		zero_copy_life(s);
	else
		stress_child(s, zero_copy_life, 20000);
}

static __thread sigjmp_buf not_there;

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(not_there, 1);
}

/* Pages of ours that were taken out of a mapping do not come back: SIGBUS. */
static void touch(struct stress *s, uint8_t *at, size_t bytes)
{
	volatile uint8_t *p = at + stress_draw(s, (unsigned int)bytes);

	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(not_there, 1) == 0)
		(void)*p;
}

/* Takes pages out of a mapping, and leaves no hole that another thread's mapping could come to lie in. */
static void take_out(uint8_t *at, size_t bytes)
{
	mmap(at, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* One mapping, treated badly. Never written outside of the user area. */
static void maltreat(struct stress *s, struct guest_ring *g)
{
	size_t bytes = g->setup.shared_bytes;
	uint8_t *p = mmap(NULL, bytes, PROT_READ, MAP_SHARED, g->fd, (off_t)g->setup.shared_offset), *q;

	if (p == MAP_FAILED)
		return;
	s->hits++;
	switch (stress_draw(s, 5)) {
	case 0:
		take_out(p + 4096, 4096);
		break;
	case 1:
		q = mremap(p, bytes, 2 * bytes, MREMAP_MAYMOVE);
		if (q != MAP_FAILED)
			munmap(q + bytes, bytes);
		p = q == MAP_FAILED ? p : q;
		break;
	case 2:
		madvise(p, bytes, MADV_DONTNEED);
		touch(s, p, bytes);
		break;
	case 3:
		mprotect(p, 4096, PROT_NONE);
		break;
	default:
		touch(s, p, bytes);
	}
	munmap(p, bytes);
}

static void *maltreat_on(void *arg)
{
	struct guest_ring *g = ((void **)arg)[0];
	struct stress own = *(struct stress *)((void **)arg)[1];
	int i;

	own.seed++;
	for (i = 0; i < 20; i++)
		maltreat(&own, g);
	return NULL;
}

/* Children that inherit file and mappings, and end before or after. */
static void forks(struct stress *s, struct guest_ring *g)
{
	unsigned int n = 1 + stress_draw(s, 4);

	while (n--) {
		pid_t child = fork();

		if (child == 0) {
			maltreat(s, g);
			stress_pause(s, 5000);
			if (stress_draw(s, 2))
				guest_ioctl(g->fd, YKVM_UNBIND, NULL);
			_exit(0);
		}
	}
}

void stress_maps(struct stress *s)
{
	struct ykvm_setup other = { .abi = YKVM_ABI, .slots = 64 };
	struct guest_ring g;
	void *arg[2] = { &g, s };
	pthread_t thread;
	bool threaded;

	if (!stress_ring(s, &g, stress_draw(s, 2) ? YKVM_SETUP_DROP_NEWEST : 0))
		return;
	bind_to(&g, s->in, stress_draw(s, 2) ? YKVM_BIND_TAP : 0);
	threaded = pthread_create(&thread, NULL, maltreat_on, arg) == 0;
	forks(s, &g);
	maltreat(s, &g);
	use(s, &g);
	guest_ioctl(g.fd, YKVM_SETUP, &other);
	if (threaded)
		pthread_join(thread, NULL);
	guest_close(&g);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

#define BYTES (64 * 2048)

struct victim {
	uint8_t *memory;
	unsigned int seed;
	int stop;
};

/* While the kernel pins, writes and unpins it. */
static void *take_away(void *arg)
{
	struct victim *v = arg;
	uint8_t *p = v->memory;

	while (!__atomic_load_n(&v->stop, __ATOMIC_RELAXED)) {
		switch (rand_r(&v->seed) % 5) {
		case 0:
			madvise(p, BYTES, MADV_DONTNEED);
			break;
		case 1:
			mprotect(p, BYTES / 2, PROT_READ);
			mprotect(p, BYTES / 2, PROT_READ | PROT_WRITE);
			break;
		case 2:
			mmap(p, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			break;
		case 3:
			take_out(p + BYTES / 2, 4096);
			break;
		default:
			usleep(500);
		}
	}
	return NULL;
}

/* Every call's argument, in memory that comes and goes. */
static void hostile_arguments(struct stress *s, int fd, uint8_t *memory)
{
	static const unsigned long calls[] = { YKVM_SETUP, YKVM_BIND, YKVM_STATS, YKVM_FILTER, YKVM_WAIT };
	void *at[] = { memory + 8 * stress_draw(s, BYTES / 8), memory + BYTES - 8, NULL, (void *)~0xfffUL, (void *)8 };

	guest_ioctl(fd, calls[stress_draw(s, 5)], at[stress_draw(s, 5)]);
}

static int suffer(struct stress *s, struct guest_ring *g, uint8_t *memory)
{
	int bound = bind_to(g, s->in, 0), i;

	for (i = 0; i < 20; i++) {
		hostile_arguments(s, g->fd, memory);
		use(s, g);
	}
	guest_close(g);
	return bound == 0;
}

void stress_memory(struct stress *s)
{
	uint8_t *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct victim v = { .memory = memory, .seed = s->seed };
	struct guest_ring g;
	struct ykvm_setup want = { .slots = 64,
				   .flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY,
				   .buffer_bytes = 2048,
				   .memory_addr = (uintptr_t)memory,
				   .memory_bytes = BYTES };
	pthread_t thread;

	if (memory == MAP_FAILED)
		return;
	if (pthread_create(&thread, NULL, take_away, &v) == 0) {
		if (stress_open(&g, &want))
			s->hits += suffer(s, &g, memory);
		__atomic_store_n(&v.stop, 1, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
	}
	munmap(memory, BYTES);
}
