// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader that writes what it likes into the user area, and frames of any
 * length: whatever comes, the kernel's side stays in its memory (build it with
 * the address sanitizer), keeps each buffer in one place, and its positions
 * only grow. Bytes of the input are what is done:
 *
 *   0..3  put a frame (length: next two bytes)   4..7   an honest take and release
 *   8,9   consumer   10,11  released             12,13  both back to what is honest
 *   14    what may be sent? (next two bytes)
 *
 * With -DRING_FUZZER -fsanitize=fuzzer it is libFuzzer's; else it makes its own
 * inputs:   ring_fuzz [ROUNDS [SEED]]
 */
#include <stdio.h>

#include "kmod/tests/rig.h"

#define SLOTS 64

struct input {
	const u8 *p;
	size_t left;
};

static u32 next(struct input *in, u32 bytes)
{
	u32 x = 0;

	for (; bytes > 0 && in->left > 0; bytes--, in->left--)
		x = x << 8 | *in->p++;
	return x;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "ring_fuzz: %s\n", what);
	abort();
}

static void put(struct rig *g, u32 bytes)
{
	u64 producer = g->ring.producer;
	u32 max = g->ring.newest ? SLOTS * RIG_BUFFER : RIG_BUFFER;
	u32 n;

	bytes = bytes % max / 8 * 8 + 8;
	n = (bytes - 1) / RIG_BUFFER + 1;
	must(rig_put(g, bytes) ? g->ring.producer == producer + n : g->ring.producer == producer, "producer");
	must(g->ring.state->producer == g->ring.producer, "what the reader sees of producer");
	must(g->ring.producer - g->ring.released <= SLOTS || !g->ring.newest, "more positions than slots");
}

static void take(struct rig *g)
{
	struct ykvm_batch b = ykvm_reader_take(&g->reader, YKVM_BATCH_MAX);

	if ((s64)(b.end - b.at) > 0 && b.end - b.at <= SLOTS)
		b.at = b.end;
	ykvm_reader_release(&g->reader, &b);
}

/* Near what is right, or far from it. */
static u64 wild(const struct rig *g, struct input *in)
{
	u32 x = next(in, 2);

	return x & 0x8000 ? (u64)x << (x & 48) : g->ring.producer + x % 256 - 192;
}

/* All taken, all given back. */
static void honest(struct rig *g)
{
	g->ring.user->released = g->ring.producer;
	g->ring.user->consumer = g->ring.producer;
	g->reader.at = g->reader.end = g->ring.producer;
}

static void check_held(const struct rig *g, u32 x)
{
	u32 b = x % g->layout.n_buffers;
	u32 n = 1 + x / g->layout.n_buffers;

	if (ykvm_ring_held(&g->ring, b, n))
		must(n <= SLOTS && (g->ring.newest || n == 1), "more is held than there is");
}

static void check_buffers(const struct rig *g)
{
	u8 seen[SLOTS + YKVM_BATCH_MAX] = { 0 };
	u32 i;

	for (i = 0; i < SLOTS; i++) {
		must(g->ring.slots[i] < g->layout.n_buffers, "a slot's buffer");
		must(seen[g->ring.slots[i]]++ == 0, "a buffer in two places");
	}
	for (i = 0; i < YKVM_BATCH_MAX && !g->ring.newest; i++)
		must(seen[g->ring.spares[i].buffer]++ == 0, "a spare in two places");
}

static void step(struct rig *g, struct input *in)
{
	u32 op = next(in, 1) % 15;

	if (op < 4)
		put(g, next(in, 2));
	else if (op < 8)
		take(g);
	else if (op < 10)
		g->ring.user->consumer = wild(g, in);
	else if (op < 12)
		g->ring.user->released = wild(g, in);
	else if (op < 14)
		honest(g);
	else
		check_held(g, next(in, 2));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	u64 overwritten, bad;
	struct rig g;
	u32 flags = next(&in, 1);

	must(rig_init(&g, SLOTS, flags & 1, (flags & 2 ? 1ULL << 32 : 0) - 40), "no memory");
	while (in.left > 0)
		step(&g, &in);
	check_buffers(&g);
	honest(&g);
	overwritten = g.ring.state->overwritten;
	bad = g.ring.state->bad_index;
	must(rig_put(&g, RIG_BYTES), "a ring that is right again takes a frame");
	must(g.ring.state->overwritten == overwritten && g.ring.state->bad_index == bad, "and counts nothing");
	rig_free(&g);
	return 0;
}

#ifndef RING_FUZZER
int main(int argc, char **argv)
{
	u64 rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	u64 x = argc > 2 ? strtoull(argv[2], NULL, 10) : 88172645463325252ULL;
	u8 input[4096];
	u64 i;

	for (i = 0; i < rounds; i++) {
		size_t k;

		for (k = 0; k < sizeof(input); k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			input[k] = (u8)(x >> 32);
		}
		LLVMFuzzerTestOneInput(input, (size_t)(x % sizeof(input)));
	}
	printf("%llu inputs\n", (unsigned long long)i);
	return 0;
}
#endif
