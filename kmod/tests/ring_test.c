// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's ring.h, compiled here, against the reader that captures use. One thread; ring_torture.c has two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "kmod/tests/rig.h"

#define SLOTS 64

static void put(struct rig *g, u64 n)
{
	while (n--)
		assert_true(rig_put(g, RIG_BYTES));
}

/* Takes up to max frames, checks that they are those from position on, gives them back. */
static u32 drain(struct rig *g, u32 max, u64 position)
{
	struct ykvm_batch b = ykvm_reader_take(&g->reader, max);
	u32 n;

	assert_true(ykvm_batch_empty(&b) || b.at == position);
	assert_int_equal(rig_walk(g, &b, &n), 0);
	assert_true(n <= max);
	ykvm_reader_release(&g->reader, &b);
	return n;
}

static void test_geometry_valid(void **state)
{
	static const u32 good[] = { 64, 128, 1024, 32768 };
	static const u32 bad[] = { 0, 1, 2, 32, 63, 65, 1000, 4095, 131072, 3U << 30, 1U << 31, 0xffffffffU };
	struct ykvm_geometry g = { .n_slots = 64, .buffer_bytes = 256 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		g.n_slots = good[i];
		assert_true(ykvm_geometry_valid(&g));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		g = (struct ykvm_geometry) { .n_slots = bad[i], .buffer_bytes = 256 };
		assert_false(ykvm_geometry_valid(&g));
		g = (struct ykvm_geometry) { .n_slots = 64, .buffer_bytes = bad[i] };
		assert_false(ykvm_geometry_valid(&g));
	}
	g = (struct ykvm_geometry) { .n_slots = 64, .buffer_bytes = 65536, .tx_buffers = YKVM_TX_BUFFERS_MAX };
	assert_true(ykvm_geometry_valid(&g));
	g.tx_buffers++;
	assert_false(ykvm_geometry_valid(&g));
}

static void layout_apart(const struct ykvm_geometry *g)
{
	struct ykvm_layout l = ykvm_ring_layout(g, 4096);

	assert_int_equal(l.n_buffers, g->n_slots + (g->newest ? 0 : YKVM_BATCH_MAX));
	assert_true(l.tx_off >= sizeof(struct ykvm_user));
	assert_true(l.user_bytes >= l.tx_off + YKVM_TX_SLOTS * sizeof(struct ykvm_tx));
	assert_true(l.slots_off >= sizeof(struct ykvm_state));
	assert_true(l.frames_off >= l.slots_off + g->n_slots * sizeof(u32));
	assert_true(l.shared_bytes >= l.frames_off + (u64)l.n_buffers * sizeof(struct ykvm_frame));
	assert_true(l.buffers_bytes >= (u64)(l.n_buffers + g->tx_buffers) * g->buffer_bytes);
	assert_int_equal((l.user_bytes | l.shared_bytes | l.buffers_bytes) % 4096, 0);
	assert_int_equal(l.frames_off % 8, 0);
}

static void test_layout_apart(void **state)
{
	struct ykvm_geometry g = { 0 };

	(void)state;
	for (g.n_slots = YKVM_SLOTS_MIN; g.n_slots <= YKVM_SLOTS_MAX; g.n_slots *= 2)
		for (g.buffer_bytes = YKVM_BUFFER_BYTES_MIN; g.buffer_bytes <= YKVM_BUFFER_BYTES_MAX;
		     g.buffer_bytes *= 4) {
			layout_apart(&g);
			g.newest = !g.newest;
			g.tx_buffers = g.newest ? 4095 : 0;
			layout_apart(&g);
		}
}

static void empty(bool newest)
{
	struct rig g;

	assert_true(rig_init(&g, SLOTS, newest, 0));
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, 0), 0);
	assert_int_equal(ykvm_ring_busy(&g.ring), 0);
	put(&g, 1);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, 0), 1);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, 0), 0);
	rig_free(&g);
}

static void test_empty(void **state)
{
	(void)state;
	empty(false);
	empty(true);
}

static void overwrite(u64 start)
{
	struct rig g;

	assert_true(rig_init(&g, SLOTS, false, start));
	put(&g, SLOTS);
	assert_int_equal(g.ring.state->overwritten, 0);
	put(&g, 10);
	assert_int_equal(g.ring.state->overwritten, 10);
	assert_int_equal(ykvm_ring_busy(&g.ring), SLOTS);
	assert_int_equal(drain(&g, 20, start + 10), 20);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, start + 30), SLOTS - 20);
	put(&g, 3 * SLOTS + 5);
	assert_int_equal(g.ring.state->overwritten, 10 + 2 * SLOTS + 5);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, start + 10 + SLOTS + 2 * SLOTS + 5), SLOTS);
	assert_int_equal(ykvm_ring_busy(&g.ring), 0);
	assert_int_equal(g.ring.state->no_spare + g.ring.state->bad_index, 0);
	rig_free(&g);
}

static void drop(u64 start)
{
	struct rig g;

	assert_true(rig_init(&g, SLOTS, true, start));
	put(&g, SLOTS);
	assert_false(rig_put(&g, RIG_BYTES));
	assert_int_equal(g.ring.state->full, 1);
	assert_int_equal(drain(&g, 20, start), 20);
	put(&g, 20);
	assert_false(rig_put(&g, RIG_BYTES));
	assert_int_equal(g.ring.state->full, 2);
	assert_int_equal(drain(&g, SLOTS, start + 20), SLOTS);
	assert_int_equal(ykvm_reader_left(&g.reader), 0);
	assert_int_equal(g.ring.state->overwritten + g.ring.state->bad_index, 0);
	rig_free(&g);
}

static void test_overwrite_oldest(void **state)
{
	(void)state;
	overwrite(0);
}

static void test_drop_newest(void **state)
{
	(void)state;
	drop(0);
}

/* Either policy, from every position whose low bits are about to wrap. */
static void wrap_at(u64 end)
{
	u64 start;

	for (start = end - 5 * SLOTS; start != end + 2; start++) {
		overwrite(start);
		drop(start);
	}
}

static void test_wrap_32_bits(void **state)
{
	(void)state;
	wrap_at(1ULL << 32);
}

static void test_wrap_64_bits(void **state)
{
	(void)state;
	wrap_at(0);
}

/* A chain takes its positions at once, lies in a row over the ring's end too, or is dropped as a whole. */
static void chains(u64 start)
{
	struct ykvm_batch b;
	struct rig g;
	u32 n;

	assert_true(rig_init(&g, SLOTS, true, start));
	put(&g, SLOTS - 3);
	assert_int_equal(drain(&g, SLOTS, start), SLOTS - 3);
	assert_true(rig_put(&g, 8 * RIG_BUFFER)); /* 3 buffers before the end, if start is a multiple of SLOTS */
	assert_true(rig_put(&g, RIG_BUFFER + 8));
	put(&g, 1);
	assert_int_equal(g.ring.producer, start + SLOTS + 8);
	b = ykvm_reader_take(&g.reader, 2); /* ends within the chain, and gives it whole */
	assert_int_equal(rig_walk(&g, &b, &n), 0);
	assert_int_equal(n, 1);
	ykvm_reader_release(&g.reader, &b);
	assert_int_equal(drain(&g, SLOTS, start + SLOTS + 5), 2);
	assert_true(rig_put(&g, (SLOTS - 1) * RIG_BUFFER));
	assert_false(rig_put(&g, RIG_BUFFER + 8));
	put(&g, 1);
	assert_int_equal(g.ring.state->full, 1);
	assert_int_equal(g.ring.chained, 3);
	assert_int_equal(g.ring.chained_buffers, 7 + 1 + SLOTS - 2);
	assert_int_equal(drain(&g, SLOTS, start + SLOTS + 8), 2);
	rig_free(&g);
}

static void test_chains(void **state)
{
	u64 start;

	(void)state;
	for (start = -(u64)SLOTS - 8; start != SLOTS + 8; start++)
		chains(start);
}

/* A whole batch is held while ten rings full come in. */
static void held_intact(u64 start)
{
	struct ykvm_batch b;
	struct rig g;
	u32 n;

	assert_true(rig_init(&g, SLOTS, false, start));
	put(&g, SLOTS);
	b = ykvm_reader_take(&g.reader, YKVM_BATCH_MAX);
	put(&g, 10 * SLOTS);
	assert_int_equal(rig_walk(&g, &b, &n), 0);
	assert_int_equal(n, YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->overwritten, 9 * SLOTS);
	assert_int_equal(g.ring.state->no_spare, 0);
	ykvm_reader_release(&g.reader, &b);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, start + 10 * SLOTS), SLOTS);
	put(&g, 2 * SLOTS);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, start + 12 * SLOTS), SLOTS);
	rig_free(&g);
}

static void test_held_is_never_overwritten(void **state)
{
	(void)state;
	held_intact(0);
	held_intact((1ULL << 32) - 70);
	held_intact(-70ULL);
}

/* A reader that takes batch after batch and gives nothing back: new frames are lost, what it holds is not. */
static void test_hoarder(void **state)
{
	struct ykvm_batch b;
	struct ykvm_reader first;
	struct rig g;
	u32 i, put_ok = 0;

	(void)state;
	assert_true(rig_init(&g, 128, false, 0));
	put(&g, 128);
	b = ykvm_reader_take(&g.reader, 64);
	b.at = b.end;
	ykvm_reader_keep(&g.reader, &b);
	first = g.reader;
	b = ykvm_reader_take(&g.reader, 64);
	assert_int_equal(b.end, 128);
	for (i = 0; i < 1000; i++)
		put_ok += rig_put(&g, RIG_BYTES);
	assert_int_equal(put_ok, YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->no_spare, 1000 - YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->overwritten, 0);
	for (i = 0; i < 64; i++)
		assert_true(rig_intact(&g, 64 + i));
	ykvm_reader_release_to(&g.reader, 128);
	g.reader = first;
	for (i = 0; i < 64; i++)
		assert_true(rig_intact(&g, i));
	put(&g, 1);
	assert_int_equal(g.ring.state->no_spare, 1000 - YKVM_BATCH_MAX);
	rig_free(&g);
}

/* What may be sent: what is held, from its first buffer on, and nothing else. */
static void held(bool newest, u64 start)
{
	struct ykvm_batch b;
	struct rig g;
	u32 i;

	assert_true(rig_init(&g, SLOTS, newest, start));
	put(&g, 20);
	assert_int_equal(drain(&g, 5, start), 5);
	b = ykvm_reader_take(&g.reader, 10);
	b.at = b.end;
	ykvm_reader_keep(&g.reader, &b);
	for (i = newest ? 20 : SLOTS; i < g.layout.n_buffers && start == 0; i++)
		assert_false(ykvm_ring_held(&g.ring, i, 1)); /* never filled */
	for (i = 0; i < 20; i++) {
		u32 buffer = newest ? (u32)(start + i) & g.ring.mask : g.ring.slots[(start + i) & g.ring.mask];

		assert_int_equal(ykvm_ring_held(&g.ring, buffer, 1), i >= 5 && i < 15);
		assert_int_equal(ykvm_ring_held(&g.ring, buffer, 3), newest && i >= 5 && i < 13);
		assert_false(ykvm_ring_held(&g.ring, buffer, 0xffffffff));
	}
	ykvm_reader_release_to(&g.reader, b.at);
	for (i = 0; i < g.layout.n_buffers; i++)
		assert_false(ykvm_ring_held(&g.ring, i, 1));
	rig_free(&g);
}

static void test_held(void **state)
{
	u64 start;

	(void)state;
	for (start = -(u64)SLOTS; start != SLOTS; start++) {
		held(true, start);
		held(false, start);
	}
}

/* No buffer is in two places: slots and spares together are a permutation. */
static void check_buffers(const struct rig *g)
{
	u8 seen[SLOTS + YKVM_BATCH_MAX] = { 0 };
	u32 i;

	for (i = 0; i < g->ring.n_slots; i++)
		assert_int_equal(seen[g->ring.slots[i]]++, 0);
	for (i = 0; i < YKVM_BATCH_MAX; i++)
		assert_int_equal(seen[g->ring.spares[i].buffer]++, 0);
}

static u64 next_random(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

struct walk {
	struct rig g;
	u64 seed;
	u64 put, dropped, taken;
	u64 last; /* position taken last */
	struct ykvm_batch held;
	bool holds;
};

static void walk_put(struct walk *w)
{
	u64 k;

	for (k = next_random(&w->seed) % 90; k > 0; k--) {
		u64 longer = w->g.ring.newest && next_random(&w->seed) % 4 == 0;
		u32 bytes = longer ? (u32)(RIG_BYTES + next_random(&w->seed) % 300 * 8) : RIG_BYTES;

		if (rig_put(&w->g, bytes))
			w->put++;
		else
			w->dropped++;
	}
}

static void walk_take(struct walk *w)
{
	struct ykvm_batch b = w->held;
	u32 n;

	if (w->holds) {
		assert_int_equal(rig_walk(&w->g, &b, &n), 0);
		if (next_random(&w->seed) % 3 == 0)
			return;
		ykvm_reader_release(&w->g.reader, &b);
		w->taken += n;
	}
	w->held = ykvm_reader_take(&w->g.reader, 1 + next_random(&w->seed) % YKVM_BATCH_MAX);
	w->holds = !ykvm_batch_empty(&w->held);
	assert_true(!w->holds || (s64)(w->held.at - w->last) > 0);
	if (w->holds)
		w->last = w->held.at;
}

/* Any order of puts, takes and releases: each frame is delivered once, or counted as lost. */
static void random_walk(u64 seed, bool newest, u64 start)
{
	struct walk w = { .seed = seed, .last = start - 1 };
	struct ykvm_state *s;
	u32 i;

	assert_true(rig_init(&w.g, SLOTS, newest, start));
	s = w.g.ring.state;
	for (i = 0; i < 2000; i++) {
		walk_put(&w);
		walk_take(&w);
		if (!newest)
			check_buffers(&w.g);
	}
	while (w.holds)
		walk_take(&w);
	assert_int_equal(w.put, w.taken + s->overwritten);
	assert_int_equal(w.g.ring.producer - start, w.put + w.g.ring.chained_buffers);
	assert_int_equal(w.dropped, s->full);
	assert_true(w.taken > 0 && (newest ? s->full > 0 && w.g.ring.chained > 0 : s->overwritten > 0));
	assert_true(newest || w.g.ring.next_spare > YKVM_BATCH_MAX);
	assert_int_equal(s->no_spare + s->bad_index, 0);
	rig_free(&w.g);
}

static void test_random_walks_balance(void **state)
{
	static const u64 starts[] = { 0, -50000ULL, (1ULL << 32) - 50000 };
	u64 seed;

	(void)state;
	for (seed = 1; seed <= 21; seed++)
		random_walk(seed * 0x9e3779b97f4a7c15ULL, seed % 2, starts[seed % 3]);
}

/* Offsets from the honest consumer of a full ring that no reader can have come to. */
static void test_hostile_consumer(void **state)
{
	static const u64 wrong[] = { -1ULL, SLOTS + 1, SLOTS * 2, 1ULL << 32, 1ULL << 63, -(u64)SLOTS, -(1ULL << 33) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct rig g;

		assert_true(rig_init(&g, SLOTS, false, 0));
		put(&g, SLOTS + 7);
		g.ring.user->consumer += wrong[i];
		assert_false(rig_put(&g, RIG_BYTES));
		assert_int_equal(g.ring.state->bad_index, 1);
		assert_int_equal(g.ring.producer, SLOTS + 7);
		assert_int_equal(g.ring.state->overwritten, 7);
		g.ring.user->consumer -= wrong[i];
		put(&g, 1);
		assert_int_equal(drain(&g, YKVM_BATCH_MAX, 8), SLOTS);
		check_buffers(&g);
		rig_free(&g);
	}
}

static void hostile_released(bool newest, u64 wrong)
{
	struct rig g;

	assert_true(rig_init(&g, SLOTS, newest, 0));
	put(&g, SLOTS);
	assert_int_equal(drain(&g, 40, 0), 40);
	put(&g, 1); /* the kernel has seen released = 40 */
	g.ring.user->released += wrong;
	g.ring.user->consumer += newest ? 0 : 40;
	put(&g, 39);
	assert_false(rig_put(&g, RIG_BYTES));
	assert_int_equal(g.ring.state->bad_index, 1);
	assert_int_equal(g.ring.state->full, 0);
	g.ring.user->released -= wrong;
	if (newest)
		assert_int_equal(drain(&g, 1, 40), 1);
	put(&g, 1);
	if (!newest)
		check_buffers(&g);
	rig_free(&g);
}

static void test_hostile_released(void **state)
{
	static const u64 wrong[] = { -1ULL, SLOTS + 1, 2 * SLOTS, 1ULL << 32, 1ULL << 63, -(1ULL << 40) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		hostile_released(false, wrong[i]);
		hostile_released(true, wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_geometry_valid),
		cmocka_unit_test(test_layout_apart),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_overwrite_oldest),
		cmocka_unit_test(test_drop_newest),
		cmocka_unit_test(test_wrap_32_bits),
		cmocka_unit_test(test_wrap_64_bits),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_held_is_never_overwritten),
		cmocka_unit_test(test_hoarder),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_random_walks_balance),
		cmocka_unit_test(test_hostile_consumer),
		cmocka_unit_test(test_hostile_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
