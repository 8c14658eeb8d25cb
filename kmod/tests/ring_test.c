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
		assert_true(rig_put(g));
}

/* Takes up to max frames, checks that they are those from position on, gives them back. */
static u32 drain(struct rig *g, u32 max, u64 position)
{
	u32 n = ykvm_reader_take(&g->reader, max);
	u32 i;

	assert_true(n <= max);
	for (i = 0; i < n; i++)
		assert_true(rig_intact(g, i, position + i));
	ykvm_reader_release(&g->reader);
	return n;
}

static void test_slots_valid(void **state)
{
	static const u32 good[] = { 64, 128, 1024, 32768 };
	static const u32 bad[] = { 0, 1, 2, 32, 63, 65, 1000, 4095, 65536, 3U << 30, 1U << 31, 0xffffffffU };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(ykvm_slots_valid(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(ykvm_slots_valid(bad[i]));
}

static void test_layout_apart(void **state)
{
	u32 n;

	(void)state;
	for (n = YKVM_BUFFERS_MIN; n <= YKVM_BUFFERS_MAX; n *= 2) {
		struct ykvm_layout l = ykvm_ring_layout(n, 4096);

		assert_true(l.user_bytes >= sizeof(struct ykvm_user));
		assert_true(l.slots_off >= sizeof(struct ykvm_state));
		assert_true(l.buffers_off >= l.slots_off + n * sizeof(u32));
		assert_true(l.shared_bytes >= l.buffers_off + (u64)(n + YKVM_BATCH_MAX) * YKVM_BUFFER_BYTES);
		assert_int_equal(l.user_bytes % 4096, 0);
		assert_int_equal(l.buffers_off % 4096, 0);
		assert_int_equal(l.shared_bytes % 4096, 0);
	}
}

static void test_empty(void **state)
{
	struct rig g;

	(void)state;
	assert_true(rig_init(&g, SLOTS, 0));
	assert_int_equal(ykvm_reader_take(&g.reader, YKVM_BATCH_MAX), 0);
	assert_int_equal(ykvm_ring_busy(&g.ring), 0);
	put(&g, 1);
	assert_int_equal(drain(&g, YKVM_BATCH_MAX, 0), 1);
	assert_int_equal(ykvm_reader_take(&g.reader, YKVM_BATCH_MAX), 0);
	rig_free(&g);
}

static void overwrite(u64 start)
{
	struct rig g;

	assert_true(rig_init(&g, SLOTS, start));
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

static void test_overwrite_oldest(void **state)
{
	(void)state;
	overwrite(0);
}

static void test_wrap_32_bits(void **state)
{
	u64 start;

	(void)state;
	for (start = (1ULL << 32) - 5 * SLOTS; start != (1ULL << 32) + 2; start++)
		overwrite(start);
}

static void test_wrap_64_bits(void **state)
{
	u64 start;

	(void)state;
	for (start = -(5ULL * SLOTS); start != 2; start++)
		overwrite(start);
}

/* A whole batch is held while ten rings full come in. */
static void held_intact(u64 start)
{
	struct rig g;
	u32 i, n;

	assert_true(rig_init(&g, SLOTS, start));
	put(&g, SLOTS);
	n = ykvm_reader_take(&g.reader, YKVM_BATCH_MAX);
	assert_int_equal(n, YKVM_BATCH_MAX);
	put(&g, 10 * SLOTS);
	for (i = 0; i < n; i++)
		assert_true(rig_intact(&g, i, start + i));
	assert_int_equal(g.ring.state->overwritten, 9 * SLOTS);
	assert_int_equal(g.ring.state->no_spare, 0);
	ykvm_reader_release(&g.reader);
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
	struct ykvm_reader first;
	struct rig g;
	u32 i, put_ok = 0;

	(void)state;
	assert_true(rig_init(&g, 128, 0));
	put(&g, 128);
	assert_int_equal(ykvm_reader_take(&g.reader, 64), 64);
	first = g.reader;
	assert_int_equal(ykvm_reader_take(&g.reader, 64), 64);
	for (i = 0; i < 1000; i++)
		put_ok += rig_put(&g);
	assert_int_equal(put_ok, YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->no_spare, 1000 - YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->overwritten, 0);
	for (i = 0; i < 64; i++)
		assert_true(rig_intact(&g, i, 64 + i));
	ykvm_reader_release(&g.reader);
	g.reader = first;
	for (i = 0; i < 64; i++)
		assert_true(rig_intact(&g, i, i));
	put(&g, 1);
	assert_int_equal(g.ring.state->no_spare, 1000 - YKVM_BATCH_MAX);
	rig_free(&g);
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

/* Any order of puts, takes and releases: each frame is delivered once, or counted as overwritten. */
static void random_walk(u64 seed, u64 start)
{
	u64 taken = 0, last = start - 1, held_from = 0;
	u32 held = 0, i, k;
	struct rig g;

	assert_true(rig_init(&g, SLOTS, start));
	for (i = 0; i < 2000; i++) {
		for (k = next_random(&seed) % 90; k > 0; k--)
			assert_true(rig_put(&g));
		for (k = 0; k < held; k++)
			assert_true(rig_intact(&g, k, held_from + k));
		if (held && next_random(&seed) % 3) {
			ykvm_reader_release(&g.reader);
			held = 0;
		}
		if (!held) {
			held = ykvm_reader_take(&g.reader, 1 + next_random(&seed) % YKVM_BATCH_MAX);
			held_from = g.reader.taken - held;
			assert_true(held == 0 || (s64)(held_from - last) > 0);
			last = g.reader.taken - 1;
			taken += held;
		}
		check_buffers(&g);
		assert_int_equal(g.ring.producer - start,
				 taken + g.ring.state->overwritten + ykvm_reader_left(&g.reader));
	}
	assert_true(g.ring.state->overwritten > 0 && taken > 0 && g.ring.next_spare > YKVM_BATCH_MAX);
	assert_int_equal(g.ring.state->no_spare + g.ring.state->bad_index, 0);
	rig_free(&g);
}

static void test_random_walks_balance(void **state)
{
	static const u64 starts[] = { 0, -50000ULL, (1ULL << 32) - 50000 };
	u64 seed;

	(void)state;
	for (seed = 1; seed <= 21; seed++)
		random_walk(seed * 0x9e3779b97f4a7c15ULL, starts[seed % 3]);
}

/* Offsets from the honest consumer of a full ring that no reader can have come to. */
static void test_hostile_consumer(void **state)
{
	static const u64 wrong[] = { -1ULL, SLOTS + 1, SLOTS * 2, 1ULL << 32, 1ULL << 63, -(u64)SLOTS, -(1ULL << 33) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct rig g;

		assert_true(rig_init(&g, SLOTS, 0));
		put(&g, SLOTS + 7);
		g.ring.user->consumer += wrong[i];
		assert_false(rig_put(&g));
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

static void test_hostile_released(void **state)
{
	static const u64 wrong[] = { -1ULL, SLOTS + 1, 2 * SLOTS, 1ULL << 32, 1ULL << 63, -(1ULL << 40) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct rig g;

		assert_true(rig_init(&g, SLOTS, 0));
		put(&g, SLOTS);
		assert_int_equal(drain(&g, 40, 0), 40);
		put(&g, 1); /* the kernel has seen released = 40 */
		g.ring.user->released += wrong[i];
		g.ring.user->consumer += 40;
		put(&g, 39);
		assert_false(rig_put(&g));
		assert_int_equal(g.ring.state->bad_index, 1);
		g.ring.user->released -= wrong[i];
		put(&g, 1);
		check_buffers(&g);
		rig_free(&g);
	}
}

/* Whatever is written into the user area, the kernel stays inside its buffers (run it with the address sanitizer). */
static void test_hostile_storm(void **state)
{
	u64 seed = 88172645463325252ULL;
	struct rig g;
	u32 i;

	(void)state;
	assert_true(rig_init(&g, SLOTS, 0));
	for (i = 0; i < 200000; i++) {
		u64 near = g.ring.producer - next_random(&seed) % (SLOTS * 2) + 8;

		g.ring.user->consumer = next_random(&seed) % 4 ? near : seed;
		g.ring.user->released = next_random(&seed) % 4 ? near - next_random(&seed) % 70 : seed;
		rig_put(&g);
	}
	check_buffers(&g);
	assert_true(g.ring.state->bad_index > 0 && g.ring.state->bad_index < 200000);
	rig_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_valid),
		cmocka_unit_test(test_layout_apart),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_overwrite_oldest),
		cmocka_unit_test(test_wrap_32_bits),
		cmocka_unit_test(test_wrap_64_bits),
		cmocka_unit_test(test_held_is_never_overwritten),
		cmocka_unit_test(test_hoarder),
		cmocka_unit_test(test_random_walks_balance),
		cmocka_unit_test(test_hostile_consumer),
		cmocka_unit_test(test_hostile_released),
		cmocka_unit_test(test_hostile_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
