// SPDX-License-Identifier: GPL-2.0-or-later
/* libykvm without a kernel: its reader on a ring in plain memory, and what it allocates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kmod/tests/rig.h"

#include "capture-impls/ykvm/lib/ykvm.h"

#define SLOTS 64

/* A struct ykvm with a made-up ring instead of a kernel. */
static struct ykvm ykvm_on(struct rig *g, bool newest, u64 start)
{
	struct ykvm y = { .fd = -1 };

	assert_true(rig_init(g, SLOTS, newest, start));
	y.reader = g->reader;
	y.setup.tx_slots = YKVM_TX_SLOTS;
	y.tx = (struct ykvm_tx *)(g->areas + g->layout.tx_off);
	return y;
}

struct seen {
	u64 next; /* position that is to come */
	u32 frames, wrong;
};

static void on_frame(struct user_buff *u)
{
	struct seen *s = u->user;
	u64 word;

	memcpy(&word, u->data, sizeof(word));
	s->wrong += word != s->next || u->frame->caplen != RIG_BYTES || u->frame->seq != (u32)s->next;
	s->next++;
	s->frames++;
}

static void put(struct rig *g, u32 n)
{
	while (n-- > 0)
		assert_true(rig_put(g, RIG_BYTES));
}

/* get_packet() takes frames until it has that many bytes and continues where it stopped; -1 takes the rest. */
static void thesis_call(bool newest, u64 start)
{
	struct rig g;
	struct ykvm y = ykvm_on(&g, newest, start);
	struct seen s = { .next = start };
	struct user_buff u = { .ykvm = &y, .user = &s };
	char err[YKVM_ERR_BYTES] = "";

	assert_int_equal(get_packet(&u, -1, on_frame, err), 0);
	put(&g, 40);
	assert_int_equal(get_packet(&u, RIG_BYTES + 1, on_frame, err), 2 * RIG_BYTES);
	assert_int_equal(s.frames, 2);
	assert_int_equal(get_packet(&u, 1, on_frame, err), RIG_BYTES);
	assert_int_equal(ykvm_reader_left(&y.reader), 37);
	put(&g, 20);
	assert_int_equal(get_packet(&u, -1, on_frame, err), 57 * RIG_BYTES);
	assert_int_equal(s.frames, 60);
	assert_int_equal(s.wrong, 0);
	assert_int_equal(ykvm_reader_left(&y.reader), 0);
	put(&g, SLOTS); /* all was given back */
	assert_int_equal(get_packet(&u, -1, on_frame, err), SLOTS * RIG_BYTES);
	assert_int_equal(s.wrong, 0);
	assert_string_equal(err, "");
	rig_free(&g);
}

static void thesis_call_newest(void **state)
{
	(void)state;
	thesis_call(true, 0);
	thesis_call(true, UINT64_MAX - 50);
}

static void thesis_call_oldest(void **state)
{
	(void)state;
	thesis_call(false, 0);
	thesis_call(false, UINT64_MAX - 50);
}

static void skipped_frames_are_not_seen(void **state)
{
	struct rig g;
	struct ykvm y = ykvm_on(&g, true, 0);
	struct ykvm_batch b;
	const u8 *data = NULL;
	u64 word;

	(void)state;
	put(&g, 4);
	g.ring.frames[0].flags = g.ring.frames[2].flags = g.ring.frames[3].flags = YKVM_FRAME_SKIP;
	b = ykvm_reader_take(&y.reader, 64);
	assert_non_null(ykvm_batch_next(&b, &data));
	memcpy(&word, data, sizeof(word));
	assert_int_equal(word, 1);
	assert_null(ykvm_batch_next(&b, &data));
	ykvm_reader_release(&y.reader, &b);
	assert_int_equal(g.ring.user->released, 4);
	rig_free(&g);
}

/* A slot that is kept is not filled again, even if later frames were taken; a released one is. */
static void kept_frames_stay(void **state)
{
	struct rig g;
	struct ykvm y = ykvm_on(&g, true, 0);
	struct ykvm_batch b;
	const u8 *data;

	(void)state;
	put(&g, SLOTS);
	b = ykvm_reader_take(&y.reader, 10);
	while (ykvm_batch_next(&b, &data))
		;
	ykvm_reader_keep(&y.reader, &b);
	assert_int_equal(g.ring.user->consumer, 10);
	assert_false(rig_put(&g, RIG_BYTES));
	b = ykvm_reader_take(&y.reader, 64);
	assert_int_equal(b.at, 10);
	assert_int_equal(b.end, SLOTS);
	ykvm_reader_release_to(&y.reader, 10);
	put(&g, 10);
	assert_false(rig_put(&g, RIG_BYTES));
	assert_int_equal(g.ring.state->bad_index, 0);
	rig_free(&g);
}

/* A chain that was begun is read to its end, though the budget ends within it. */
static void budget_ends_within_a_chain(void **state)
{
	struct rig g;
	struct ykvm y = ykvm_on(&g, true, SLOTS - 2); /* and it wraps */
	const struct ykvm_frame *f;
	struct ykvm_batch b;
	const u8 *data;
	u32 i;

	(void)state;
	put(&g, 1);
	assert_true(rig_put(&g, 3 * RIG_BUFFER));
	put(&g, 1);
	b = ykvm_reader_take(&y.reader, 2);
	assert_non_null(ykvm_batch_next(&b, &data));
	f = ykvm_batch_next(&b, &data);
	assert_non_null(f);
	assert_int_equal(f->buffers, 3);
	for (i = 0; i < f->caplen; i += 8)
		assert_int_equal(*(const u64 *)(data + i), SLOTS - 1);
	assert_null(ykvm_batch_next(&b, &data));
	ykvm_reader_release(&y.reader, &b);
	assert_int_equal(ykvm_reader_left(&y.reader), 1);
	rig_free(&g);
}

static void sending_is_bounded(void **state)
{
	struct rig g;
	struct ykvm y = ykvm_on(&g, true, 0);
	u32 i;

	(void)state;
	for (i = 0; i < YKVM_TX_SLOTS; i++)
		assert_int_equal(ykvm_send(&y, i, 60 + i), 0);
	assert_int_equal(ykvm_send(&y, 0, 60), -EAGAIN);
	assert_int_equal(g.ring.user->tx_producer, YKVM_TX_SLOTS);
	assert_int_equal(y.tx[200].buffer, 200);
	assert_int_equal(y.tx[200].len, 260);
	g.ring.state->tx_consumer = 1;
	assert_int_equal(ykvm_send(&y, 7, 70), 0);
	assert_int_equal(y.tx[0].buffer, 7);
	assert_int_equal(ykvm_send(&y, 0, 60), -EAGAIN);
	rig_free(&g);
}

static void memory_lies_twice_in_a_row(void **state)
{
	struct ykvm_config cfg = { .slots = 64, .drop_newest = true, .user_memory = true, .tx_buffers = 3 };
	struct ykvm_memory m;
	struct ykvm_setup s;
	char err[YKVM_ERR_BYTES] = "";

	(void)state;
	ykvm_config_setup(&cfg, &s);
	assert_int_equal(s.flags, YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY);
	assert_int_equal(ykvm_memory_new(&m, &s, false, err), 0);
	assert_int_equal(s.buffer_bytes, YKVM_BUFFER_BYTES_DEFAULT);
	assert_int_equal(s.memory_bytes, 64 * 2048 + 2 * 4096); /* 3 of 2048, rounded up to pages */
	assert_int_equal(s.memory_addr, (uintptr_t)m.all);
	assert_int_equal(m.ring_bytes, 64 * 2048);
	m.all[5] = 17;
	m.all[m.ring_bytes - 1] = 18;
	m.all[s.memory_bytes - 1] = 19;
	assert_int_equal(m.ring[5], 17);
	assert_int_equal(m.ring[m.ring_bytes + 5], 17);
	assert_int_equal(m.ring[m.ring_bytes - 1], 18);
	assert_int_equal(m.ring[2 * m.ring_bytes - 1], 18);
	ykvm_memory_free(&m);
	ykvm_memory_free(&m);
}

static void memory_of_an_overwriting_ring_has_the_spares(void **state)
{
	struct ykvm_config cfg = { .slots = 128, .buffer_bytes = 4096, .user_memory = true };
	struct ykvm_memory m;
	struct ykvm_setup s;

	(void)state;
	ykvm_config_setup(&cfg, &s);
	assert_int_equal(ykvm_memory_new(&m, &s, false, NULL), 0);
	assert_int_equal(s.memory_bytes, (128 + YKVM_BATCH_MAX) * 4096);
	assert_ptr_equal(m.ring, m.all);
	ykvm_memory_free(&m);
}

/* A ring that is no multiple of the page could not be mapped twice in a row. */
static void memory_in_huge_pages_must_fit(void **state)
{
	struct ykvm_config cfg = { .slots = 64, .drop_newest = true, .user_memory = true };
	struct ykvm_memory m;
	struct ykvm_setup s;
	char err[YKVM_ERR_BYTES] = "";

	(void)state;
	ykvm_config_setup(&cfg, &s);
	if (ykvm_memory_new(&m, &s, true, err) == -EOPNOTSUPP)
		skip();
	assert_non_null(strstr(err, "must be a multiple"));
	assert_null(m.all);
}

static void opening_says_why_not(void **state)
{
	char err[YKVM_ERR_BYTES] = "";

	(void)state;
	if (access(YKVM_DEVICE, F_OK) == 0)
		skip();
	assert_null(ykvm_open(NULL, err));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(err, "/dev/ykvm: No such file or directory");
	errno = 0;
	assert_null(ykvm_open(NULL, NULL));
	assert_int_equal(errno, ENOENT);
	ykvm_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thesis_call_newest),
		cmocka_unit_test(thesis_call_oldest),
		cmocka_unit_test(skipped_frames_are_not_seen),
		cmocka_unit_test(kept_frames_stay),
		cmocka_unit_test(budget_ends_within_a_chain),
		cmocka_unit_test(sending_is_bounded),
		cmocka_unit_test(memory_lies_twice_in_a_row),
		cmocka_unit_test(memory_of_an_overwriting_ring_has_the_spares),
		cmocka_unit_test(memory_in_huge_pages_must_fit),
		cmocka_unit_test(opening_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
