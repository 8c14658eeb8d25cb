// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "generators/pktgen/phase.h"
#include "harness/util/clock.h"
#include "harness/util/netif.h"

#define LEAD_NS 60000 /* before the tick: the holding thread wakes up and spins */
#define WAKE_NS 40000 /* after the tick: it has woken pktgen's thread */

uint64_t phase_of_seed(uint64_t seed)
{
	/* splitmix64: neighbouring seeds give unrelated phases */
	uint64_t z = seed + 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % PHASE_MAX_NS;
}

static void *holder_run(void *arg)
{
	struct phase *p = arg;

	for (;;) {
		while (sem_wait(&p->hold) && errno == EINTR)
			;
		if (atomic_load(&p->over))
			return NULL;
		clock_wait_until(p->until_ns);
	}
}

int phase_start(struct phase *p, uint32_t cpu, struct err *e)
{
	struct sched_param param = { .sched_priority = 1 };
	pthread_attr_t attr;
	cpu_set_t set;
	int r;

	memset(p, 0, sizeof(*p));
	sem_init(&p->hold, 0, 0);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	r = pthread_create(&p->holder, &attr, holder_run, p);
	pthread_attr_destroy(&attr);
	p->running = !r;
	return r ? err_set(e, -r, "cannot start a real-time thread on CPU %u: %s", cpu, strerror(r)) : 0;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* Ticks are at multiples of their period on the monotonic clock; the coarse clock's resolution is the period. */
static uint64_t tick_period(void)
{
	struct timespec res;

	clock_getres(CLOCK_MONOTONIC_COARSE, &res);
	return res.tv_sec * 1000000000ULL + res.tv_nsec;
}

void phase_hold(struct phase *p, const char *ifname, uint64_t phase_ns, uint64_t timeout_ns, void (*starting)(void *),
		void *arg)
{
	struct counter before = netif_stat(ifname, "tx_packets"), now = before;
	uint64_t period = tick_period(), start = clock_now_ns();
	uint64_t tick = start - start % period, end = start + timeout_ns;

	if (!before.known)
		starting(arg);
	/* Reads the counter half a period after each tick: by then the sender has started, or waits. */
	while (now.known && now.value == before.value && clock_now_ns() < end) {
		tick += period;
		if (tick < clock_now_ns() + 2 * LEAD_NS)
			continue;
		sleep_until(tick - LEAD_NS);
		p->until_ns = tick + WAKE_NS + phase_ns;
		sem_post(&p->hold);
		starting(arg);
		sleep_until(tick + period / 2);
		now = netif_stat(ifname, "tx_packets");
	}
}

void phase_end(struct phase *p)
{
	if (!p->running)
		return;
	atomic_store(&p->over, 1);
	sem_post(&p->hold);
	pthread_join(p->holder, NULL);
	p->running = 0;
}
