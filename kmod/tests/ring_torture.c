// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads on one ring: the kernel's side puts as fast as it can, the
 * reader takes, checks every word, dawdles at times so that the ring runs
 * full, and gives back. Build it with -fsanitize=thread as well.
 *
 *   ring_torture [SECONDS [newest]]     the oldest overwritten, or the newest dropped, with chains
 *
 * Prints the balance; exit 0 = nothing torn, nothing missing.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/rig.h"

#define SLOTS 64
#define START (-1000000ULL) /* the positions wrap soon */

struct torture {
	struct rig rig;
	int stop;
	u64 put;
	u64 dropped;
	u64 taken;
	u64 torn;
	u64 backwards;
	u64 last;
};

static void *produce(void *arg)
{
	struct torture *t = arg;
	u32 i = 0;

	while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED)) {
		bool chain = t->rig.ring.newest && i++ % 7 == 0;

		if (rig_put(&t->rig, chain ? RIG_BUFFER + i % 97 * 8 : RIG_BYTES))
			t->put++;
		else
			t->dropped++;
	}
	return NULL;
}

static void consume_batch(struct torture *t, u32 max)
{
	struct ykvm_batch b = ykvm_reader_take(&t->rig.reader, max);
	struct ykvm_batch again = b;
	u32 n;

	if (ykvm_batch_empty(&b))
		return;
	if ((s64)(b.at - t->last) <= 0)
		t->backwards++;
	t->torn += rig_walk(&t->rig, &b, &n);
	t->last = b.at - 1;
	if (max % 21 == 0) /* so that the ring goes round under it, also where the threads share a CPU */
		usleep(100);
	if (max % 7 == 0) /* hold on to it, and look again: it must still be there */
		t->torn += rig_walk(&t->rig, &again, &n);
	ykvm_reader_release(&t->rig.reader, &b);
	t->taken += n;
}

static void consume(struct torture *t, double seconds)
{
	struct timespec start, now;
	u32 i = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		consume_batch(t, 1 + i++ % YKVM_BATCH_MAX);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) * 1e-9 < seconds);
	__atomic_store_n(&t->stop, 1, __ATOMIC_RELAXED);
}

/* Once the kernel's side has stopped. */
static void consume_rest(struct torture *t)
{
	while (ykvm_reader_left(&t->rig.reader) != 0)
		consume_batch(t, 1);
}

static int report(const struct torture *t)
{
	const struct ykvm_state *s = t->rig.ring.state;
	const struct ykvm_ring *r = &t->rig.ring;
	bool balanced = t->put == t->taken + s->overwritten && t->dropped == s->full;

	printf("put %llu taken %llu overwritten %llu dropped %llu swapped %u chained %llu\n",
	       (unsigned long long)t->put, (unsigned long long)t->taken, (unsigned long long)s->overwritten,
	       (unsigned long long)t->dropped, r->next_spare, (unsigned long long)r->chained);
	printf("torn %llu backwards %llu bad_index %llu: %s\n", (unsigned long long)t->torn,
	       (unsigned long long)t->backwards, (unsigned long long)s->bad_index,
	       balanced ? "balanced" : "NOT BALANCED");
	if (!t->taken || (r->newest ? !s->full || !r->chained : !s->overwritten || !r->next_spare)) {
		printf("too short: a path was not taken\n");
		return 1;
	}
	return balanced && !t->torn && !t->backwards && !s->bad_index ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct torture t = { .last = START - 1 };
	pthread_t kernel;
	int ret;

	if (!rig_init(&t.rig, SLOTS, argc > 2 && strcmp(argv[2], "newest") == 0, START) ||
	    pthread_create(&kernel, NULL, produce, &t) != 0) {
		fprintf(stderr, "ring_torture: no memory or no thread\n");
		return 1;
	}
	consume(&t, argc > 1 ? atof(argv[1]) : 2.0);
	pthread_join(kernel, NULL);
	consume_rest(&t);
	ret = report(&t);
	rig_free(&t.rig);
	return ret;
}
