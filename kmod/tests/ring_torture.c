// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads on one ring: the kernel's side puts as fast as it can, the
 * reader takes, checks every word, dawdles at times so that frames are
 * overwritten, and gives back. Build it with -fsanitize=thread as well.
 *
 *   ring_torture [SECONDS]      prints the balance; exit 0 = nothing torn, nothing missing
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

	while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED)) {
		if (rig_put(&t->rig))
			t->put++;
		else
			t->dropped++;
	}
	return NULL;
}

static void consume_batch(struct torture *t, u32 max)
{
	u32 n = ykvm_reader_take(&t->rig.reader, max);
	u64 from = t->rig.reader.taken - n;
	u32 i;

	if (n == 0)
		return;
	if ((s64)(from - t->last) <= 0)
		t->backwards++;
	t->last = t->rig.reader.taken - 1;
	for (i = 0; i < n; i++)
		t->torn += !rig_intact(&t->rig, i, from + i);
	if (max % 21 == 0) /* so that the ring goes round under it, also where the threads share a CPU */
		usleep(100);
	if (max % 7 == 0) /* hold on to it, and look again: it must still be there */
		for (i = 0; i < n; i++)
			t->torn += !rig_intact(&t->rig, i, from + i);
	ykvm_reader_release(&t->rig.reader);
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

static int report(const struct torture *t)
{
	const struct ykvm_state *s = t->rig.ring.state;
	u64 left = ykvm_reader_left(&t->rig.reader);
	bool balanced = t->put == t->taken + s->overwritten + left;

	printf("put %llu taken %llu overwritten %llu left %llu swapped %u\n", (unsigned long long)t->put,
	       (unsigned long long)t->taken, (unsigned long long)s->overwritten, (unsigned long long)left,
	       t->rig.ring.next_spare);
	printf("torn %llu backwards %llu dropped %llu bad_index %llu: %s\n", (unsigned long long)t->torn,
	       (unsigned long long)t->backwards, (unsigned long long)t->dropped, (unsigned long long)s->bad_index,
	       balanced ? "balanced" : "NOT BALANCED");
	if (!t->taken || !s->overwritten || !t->rig.ring.next_spare) {
		printf("too short: a path was not taken\n");
		return 1;
	}
	return balanced && !t->torn && !t->backwards && !t->dropped && !s->bad_index ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct torture t = { .last = START - 1 };
	pthread_t kernel;
	int ret;

	if (!rig_init(&t.rig, SLOTS, START) || pthread_create(&kernel, NULL, produce, &t) != 0) {
		fprintf(stderr, "ring_torture: no memory or no thread\n");
		return 1;
	}
	consume(&t, argc > 1 ? atof(argv[1]) : 2.0);
	pthread_join(kernel, NULL);
	ret = report(&t);
	rig_free(&t.rig);
	return ret;
}
