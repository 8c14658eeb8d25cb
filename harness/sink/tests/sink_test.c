// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/sink/sink.h"
#include "harness/record/trial_spec.h"

#define FRAME 64
#define WIRE (FRAME - FCS_BYTES)

/* A frame as pktgen builds it, of sender k, with its sequence number and time stamp. */
static void frame_make(uint8_t f[WIRE], uint32_t k, uint32_t seq, struct timespec at)
{
	uint16_t port = htons(SINK_PORT + k), type = htons(0x0800);
	uint32_t h[4] = { htonl(SINK_MAGIC), htonl(seq), htonl(at.tv_sec), htonl(at.tv_nsec / 1000) };

	memset(f, 0xa5, WIRE);
	memcpy(f + 12, &type, 2);
	f[14] = 0x45;
	f[23] = 17;
	memcpy(f + 34, &port, 2);
	memcpy(f + 42, h, sizeof(h));
}

static void deliver(struct sink *s, uint32_t k, uint32_t seq)
{
	struct timespec now;
	uint8_t f[WIRE];

	clock_gettime(CLOCK_REALTIME, &now);
	frame_make(f, k, seq, now);
	sink_batch(s);
	sink_packet(s, f, sizeof(f), sizeof(f));
}

static void sink_new(struct sink *s, uint64_t count, uint32_t senders)
{
	const struct timespec ms = { 0, 2000000 };
	struct clock_map clock;
	struct err e = { "" };

	assert_int_equal(sink_init(s, FRAME, count, senders, &e), 0);
	clock_map_begin(&clock);
	nanosleep(&ms, NULL);
	clock_map_end(&clock);
	sink_clock(s, &clock);
}

static struct outcome outcome_of(const struct sink *s)
{
	struct outcome o;

	outcome_init(&o);
	sink_fill(s, &o);
	return o;
}

static void all_in_order(void **state)
{
	struct outcome o;
	struct sink s;
	uint32_t i;

	(void)state;
	sink_new(&s, 100, 1);
	for (i = 1; i <= 100; i++)
		deliver(&s, 0, i);
	o = outcome_of(&s);
	assert_int_equal(o.capture.received.value, 100);
	assert_int_equal(o.capture.unique, 100);
	assert_int_equal(o.capture.duplicates + o.capture.reordered + o.capture.corrupted + o.capture.foreign, 0);
	assert_int_equal(o.latency.n, 100);
	sink_free(&s);
}

static void duplicates(void **state)
{
	struct outcome o;
	struct sink s;

	(void)state;
	sink_new(&s, 10, 1);
	deliver(&s, 0, 1);
	deliver(&s, 0, 1);
	deliver(&s, 0, 2);
	deliver(&s, 0, 1); /* late as well, but a duplicate first of all */
	o = outcome_of(&s);
	assert_int_equal(o.capture.received.value, 4);
	assert_int_equal(o.capture.unique, 2);
	assert_int_equal(o.capture.duplicates, 2);
	assert_int_equal(o.capture.reordered, 0);
	assert_int_equal(o.latency.n, 2); /* each frame is timed once */
	sink_free(&s);
}

/* Two readers: what both saw came twice, what only one saw is what it is. */
static void merged(void **state)
{
	struct sink s, more;
	struct outcome o;

	(void)state;
	sink_new(&s, 10, 2);
	sink_new(&more, 10, 2);
	deliver(&s, 0, 1);
	deliver(&s, 0, 4);
	deliver(&s, 0, 3); /* late where it was read */
	deliver(&more, 0, 2); /* not late: the other reader's frames say nothing */
	deliver(&more, 0, 4); /* again */
	deliver(&more, 1, 5);
	deliver(&more, 0, 3); /* again, and late there too: late once */
	deliver(&more, 1, 6); /* there is none */
	sink_merge(&s, &more);
	assert_int_equal(sink_seen(&s.stream[0], 2), SINK_SEEN);
	assert_int_equal(sink_seen(&s.stream[0], 3), SINK_SEEN | SINK_LATE | SINK_REPEATED);
	assert_int_equal(sink_seen(&s.stream[0], 4), SINK_SEEN | SINK_REPEATED);
	assert_int_equal(sink_seen(&s.stream[0], 5), 0);
	o = outcome_of(&s);
	assert_int_equal(o.capture.unique, 5);
	assert_int_equal(o.capture.duplicates, 2);
	assert_int_equal(o.capture.reordered, 1);
	assert_int_equal(o.capture.corrupted, 1);
	assert_int_equal(o.capture.received.value, 8);
	assert_int_equal(o.latency.n, 5);
	sink_free(&s);
	sink_free(&more);
}

static void gaps_are_no_reordering(void **state)
{
	struct outcome o;
	struct sink s;

	(void)state;
	sink_new(&s, 10, 1);
	deliver(&s, 0, 2);
	deliver(&s, 0, 5);
	deliver(&s, 0, 10);
	o = outcome_of(&s);
	assert_int_equal(o.capture.unique, 3);
	assert_int_equal(o.capture.reordered, 0);
	deliver(&s, 0, 3); /* two late ones */
	deliver(&s, 0, 4);
	o = outcome_of(&s);
	assert_int_equal(o.capture.unique, 5);
	assert_int_equal(o.capture.reordered, 2);
	sink_free(&s);
}

static struct sink_flows flows_in_turn(uint32_t n)
{
	return (struct sink_flows) { .n = n };
}

/* Two rings of two flows each: all of one are read before the other's, which no flow notices. */
static void another_flow_is_no_reordering(void **state)
{
	const struct sink_flows f = flows_in_turn(4);
	struct outcome o;
	struct sink s;
	uint64_t seen;
	uint32_t i;

	(void)state;
	sink_new(&s, 100, 1);
	assert_int_equal(sink_flows(&s, &f, NULL), 0);
	for (i = 1; i <= 100; i++)
		if (i % 4 < 2)
			deliver(&s, 0, i);
	seen = sink_progress(&s);
	for (i = 1; i <= 100; i++)
		if (i % 4 >= 2)
			deliver(&s, 0, i);
	assert_true(sink_progress(&s) > seen); /* who waits for the last frame hears of these too */
	o = outcome_of(&s);
	assert_int_equal(o.capture.unique, 100);
	assert_int_equal(o.capture.reordered + o.capture.duplicates, 0);
	sink_free(&s);
}

/* Against the definition: a number is reordered when a higher one of its flow came before. */
static void reordered_is_by_flow(void **state)
{
	static const uint32_t of[] = { 0, 1, 1, 2, 0, 3, 3 };
	const struct sink_flows kinds[] = { flows_in_turn(1), flows_in_turn(3), { of, 7, 4 } };
	uint32_t order[200], highest[4], kind, i, j, flow, wanted, was;
	struct outcome o;
	struct sink s;
	int round;

	(void)state;
	srand(1);
	for (round = 0; round < 300; round++) {
		kind = (uint32_t)round % 3;
		sink_new(&s, 200, 1);
		assert_int_equal(sink_flows(&s, &kinds[kind], NULL), 0);
		for (i = 0; i < 200; i++)
			order[i] = i + 1;
		for (i = 0; i < 200; i++) { /* none far from its place, or any */
			j = (i + (uint32_t)rand() % (round % 2 ? 9 : 200)) % 200;
			was = order[i], order[i] = order[j], order[j] = was;
		}
		memset(highest, 0, sizeof(highest));
		for (i = wanted = 0; i < 150; i++) { /* the others are lost */
			flow = kind == 2 ? of[(order[i] - 1) % 7] : order[i] % kinds[kind].n;
			wanted += order[i] < highest[flow];
			highest[flow] = order[i] > highest[flow] ? order[i] : highest[flow];
			deliver(&s, 0, order[i]);
		}
		o = outcome_of(&s);
		assert_int_equal(o.capture.reordered, wanted);
		assert_int_equal(o.capture.unique, 150);
		sink_free(&s);
	}
}

/* A cut copy of a whole frame is no damage, and is counted. */
static void cut_frames_are_counted(void **state)
{
	const struct timespec at = { 1, 0 };
	struct outcome o;
	struct sink s;
	uint8_t f[WIRE];

	(void)state;
	sink_new(&s, 10, 1);
	frame_make(f, 0, 1, at);
	sink_packet(&s, f, WIRE, WIRE);
	frame_make(f, 0, 2, at);
	sink_packet(&s, f, WIRE - 1, WIRE);
	frame_make(f, 0, 3, at);
	sink_packet(&s, f, SINK_HEAD_BYTES, WIRE);
	sink_packet(&s, f, SINK_HEAD_BYTES - 1, WIRE); /* foreign */
	o = outcome_of(&s);
	assert_int_equal(o.capture.truncated, 3);
	assert_int_equal(o.capture.unique, 3);
	assert_int_equal(o.capture.corrupted, 0);
	sink_free(&s);
}

static void damaged_frames(void **state)
{
	const struct timespec at = { 1, 0 };
	struct outcome o;
	struct sink s;
	uint8_t f[WIRE];

	(void)state;
	sink_new(&s, 10, 1);
	frame_make(f, 0, 1, at);
	sink_packet(&s, f, WIRE, WIRE - 1); /* cut on its way */
	sink_packet(&s, f, WIRE, WIRE + 1);
	sink_packet(&s, f, WIRE, FRAME); /* its FCS counted */
	frame_make(f, 0, 0, at); /* numbers go from 1 */
	sink_packet(&s, f, WIRE, WIRE);
	frame_make(f, 0, 11, at); /* to the count */
	sink_packet(&s, f, WIRE, WIRE);
	frame_make(f, 0, UINT32_MAX, at);
	sink_packet(&s, f, WIRE, WIRE);
	o = outcome_of(&s);
	assert_int_equal(o.capture.received.value, 6);
	assert_int_equal(o.capture.corrupted, 6);
	assert_int_equal(o.capture.unique + o.capture.duplicates + o.capture.foreign + o.latency.n, 0);
	/* A cut copy of a whole frame is no damage: that is what snaplen does. */
	frame_make(f, 0, 10, at);
	sink_packet(&s, f, SINK_HEAD_BYTES, WIRE);
	assert_int_equal(outcome_of(&s).capture.unique, 1);
	sink_free(&s);
}

/* A frame of a mix, whose IP header says how long it is. */
static void deliver_sized(struct sink *s, uint32_t seq, uint32_t says, uint32_t len)
{
	struct timespec now;
	uint8_t f[1514] = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	frame_make(f, 0, seq, now);
	f[16] = (uint8_t)((says - 14) >> 8);
	f[17] = (uint8_t)(says - 14);
	sink_batch(s);
	sink_packet(s, f, len, len);
}

/* By size, in any order, or in turn; a length that is not of the mix, or not the header's, is corrupted. */
static void frames_of_a_mix(void **state)
{
	static const uint16_t turn[] = { 60, 590 };
	struct frame_mix mix;
	struct outcome o;
	struct sink s;
	int in_turn;

	(void)state;
	assert_int_equal(mix_parse(&mix, "64:1,594:1", 64, 1518, NULL), 0);
	for (in_turn = 0; in_turn < 2; in_turn++) {
		sink_new(&s, 10, 1);
		assert_int_equal(sink_mix(&s, &mix, NULL), 0);
		if (in_turn)
			sink_lengths(&s, turn, 2);
		deliver_sized(&s, 1, 60, 60);
		deliver_sized(&s, 2, 590, 590);
		deliver_sized(&s, 4, 60, 60); /* in turn it would be 590 */
		deliver_sized(&s, 5, 61, 61);
		deliver_sized(&s, 6, 590, 60); /* cut on its way */
		deliver_sized(&s, 8, 590, 590);
		deliver_sized(&s, 8, 590, 590); /* again */
		deliver_sized(&s, 7, 60, 60); /* late */
		outcome_init(&o);
		sink_fill(&s, &o);
		assert_int_equal(o.capture.unique, in_turn ? 4 : 5);
		assert_int_equal(o.capture.corrupted, in_turn ? 3 : 2);
		assert_int_equal(o.capture.duplicates, 1);
		assert_int_equal(o.capture.reordered, 1);
		assert_int_equal(o.sizes.received[0].value, in_turn ? 2 : 3);
		assert_int_equal(o.sizes.received[1].value, 3);
		assert_true(o.sizes.received[1].known && !o.sizes.received[2].known);
		sink_free(&s);
	}
}

static void foreign_frames(void **state)
{
	const struct timespec at = { 1, 0 };
	struct outcome o;
	struct sink s;
	uint8_t f[WIRE];

	(void)state;
	sink_new(&s, 10, 1);
	frame_make(f, 0, 1, at);
	sink_packet(&s, f, SINK_HEAD_BYTES - 1, WIRE); /* too little to be known */
	sink_packet(&s, f, 0, WIRE);
	f[SINK_OFF_MAGIC] ^= 1;
	sink_packet(&s, f, WIRE, WIRE);
	frame_make(f, 1, 1, at); /* of a sender that there is not */
	sink_packet(&s, f, WIRE, WIRE);
	frame_make(f, -1, 1, at);
	sink_packet(&s, f, WIRE, WIRE);
	o = outcome_of(&s);
	assert_int_equal(o.capture.foreign, 5);
	assert_int_equal(o.capture.received.value + o.capture.unique + o.capture.corrupted, 0);
	sink_free(&s);
}

/* Each sender counts for itself: equal numbers of both are no duplicates, nor is their mixture reordering. */
static void two_streams(void **state)
{
	struct outcome o;
	struct sink s;

	(void)state;
	sink_new(&s, 5, 2); /* three and two */
	deliver(&s, 0, 1);
	deliver(&s, 0, 2);
	deliver(&s, 1, 1);
	deliver(&s, 0, 3);
	deliver(&s, 1, 2);
	o = outcome_of(&s);
	assert_int_equal(o.capture.unique, 5);
	assert_int_equal(o.capture.duplicates + o.capture.reordered + o.capture.corrupted, 0);
	deliver(&s, 1, 3); /* the second has two only */
	deliver(&s, 1, 1);
	o = outcome_of(&s);
	assert_int_equal(o.capture.corrupted, 1);
	assert_int_equal(o.capture.duplicates, 1);
	sink_free(&s);
}

static void shares_add_up(void **state)
{
	uint64_t count;

	(void)state;
	for (count = 1; count < 100; count++) {
		assert_int_equal(sink_share(count, 1, 0), count);
		assert_int_equal(sink_share(count, 2, 0) + sink_share(count, 2, 1), count);
		assert_in_range(sink_share(count, 2, 0) - sink_share(count, 2, 1), 0, 1);
	}
}

/* A frame stamped a second ago was a second on its way; one stamped in the future no time at all. */
static void latency_is_since_the_stamp(void **state)
{
	struct timespec now, then;
	struct outcome o;
	struct sink s;
	uint8_t f[WIRE];

	(void)state;
	sink_new(&s, 10, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	then = (struct timespec) { now.tv_sec - 1, now.tv_nsec };
	frame_make(f, 0, 1, then);
	sink_batch(&s);
	sink_packet(&s, f, WIRE, WIRE);
	o = outcome_of(&s);
	assert_in_range(o.latency.max, 999000000, 1500000000); /* a second, and what this machine was busy with */
	assert_int_equal(o.latency.p50, o.latency.max);
	assert_int_equal(o.latency.mean, o.latency.max);
	then.tv_sec = now.tv_sec + 100;
	frame_make(f, 0, 2, then);
	sink_packet(&s, f, WIRE, WIRE);
	assert_int_equal(outcome_of(&s).latency.bucket[0], 1);
	sink_free(&s);
}

/* Frames of a batch are timed by the clock at its start, whatever the clock does later. */
static void a_batch_has_one_time(void **state)
{
	const struct timespec ms = { 0, 2000000 };
	struct histogram h;
	struct timespec now;
	struct sink s;
	uint8_t f[WIRE];
	uint32_t i;

	(void)state;
	sink_new(&s, 10, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	sink_batch(&s);
	for (i = 1; i <= 3; i++) {
		frame_make(f, 0, i, now);
		sink_packet(&s, f, WIRE, WIRE);
		nanosleep(&ms, NULL);
	}
	sink_latency(&s, &h);
	assert_int_equal(h.sum, 3 * h.max);
	sink_free(&s);
}

/* By a clock that is set by hand: within a second, over its end, over many, and what lies in the future. */
static void delays_across_seconds(void **state)
{
	static const struct {
		uint64_t now; /* ns */
		uint32_t sec, usec;
		uint64_t delay;
	} rows[] = {
		{ 5000123456, 5, 100, 23456 },
		{ 5000123456, 4, 999999, 124456 },
		{ 5999999999, 5, 0, 999999999 },
		{ 6000000000, 5, 0, 1000000000 },
		{ 6000000000, 6, 0, 0 },
		{ 6000000031, 6, 0, 31 },
		{ 6000000032, 6, 0, 32 },
		{ 6000000000, 6, 1, 0 },
		{ 6000000000, 7, 0, 0 },
		{ 6000000000, 5, 999999, 1000 },
		{ 6000000000, 1, 0, 5000000000 },
		{ 6000000000, 1, 705032, 4294968000 },
		{ 4000000000000000000, 1, 0, 3999999999000000000 },
	};
	const struct clock_map clock = { .base_ns = rows[0].now, .zero_ns = 7 };
	struct histogram h;
	uint64_t sum = 0;
	struct sink s;
	uint8_t f[WIRE];
	uint32_t i;

	(void)state;
	sink_new(&s, 100, 1);
	sink_clock(&s, &clock);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.now = rows[i].now - clock.zero_ns + s.to_scale; /* what sink_batch() would set it to */
		frame_make(f, 0, i + 1, (struct timespec) { rows[i].sec, rows[i].usec * 1000 });
		sink_packet(&s, f, WIRE, WIRE);
		sink_latency(&s, &h);
		assert_int_equal(h.sum, sum + rows[i].delay);
		sum = h.sum;
	}
	assert_int_equal(histogram_count(&h), i);
	assert_int_equal(h.max, rows[i - 1].delay);
	sink_free(&s);
}

/* What was seen of each number, beside the counts: the map that fates are made of. */
static void marks_of_each_number(void **state)
{
	static const uint32_t came[] = { 1, 3, 3, 2, 6, 6, 6, 4 };
	static const uint8_t wanted[] = { SINK_SEEN,
					  SINK_SEEN | SINK_LATE,
					  SINK_SEEN | SINK_REPEATED,
					  SINK_SEEN | SINK_LATE,
					  SINK_CORRUPTED,
					  SINK_SEEN | SINK_REPEATED | SINK_CORRUPTED,
					  SINK_SEEN | SINK_CORRUPTED,
					  0 };
	const struct timespec at = { 1, 0 };
	uint64_t progress = 0;
	uint8_t f[WIRE];
	struct sink s;
	uint32_t i;

	(void)state;
	sink_new(&s, sizeof(wanted), 1);
	for (i = 5; i <= 7; i++) {
		frame_make(f, 0, i, at);
		sink_packet(&s, f, WIRE, WIRE - 1);
	}
	for (i = 0; i < sizeof(came) / sizeof(came[0]); i++) {
		deliver(&s, 0, came[i]);
		assert_int_not_equal(sink_progress(&s), progress);
		progress = sink_progress(&s);
	}
	deliver(&s, 0, 7);
	for (i = 0; i < sizeof(wanted); i++)
		assert_int_equal(sink_seen(&s.stream[0], i + 1), wanted[i]);
	assert_int_equal(outcome_of(&s).capture.unique, 6);
	assert_int_equal(outcome_of(&s).capture.reordered, 2);
	sink_free(&s);
}

/* Every frame is worked on, also those too short to recognise, and the counts are those without work. */
static void work_changes_no_count(void **state)
{
	struct work_setting work = { .kind = WORK_TOUCH };
	struct err e = { "" };
	struct outcome o;
	struct sink s;
	uint8_t f[WIRE] = { 0 };

	(void)state;
	sink_new(&s, 10, 1);
	assert_int_equal(sink_work(&s, &work, &e), 0);
	deliver(&s, 0, 1);
	deliver(&s, 0, 3);
	deliver(&s, 0, 3);
	deliver(&s, 0, 2);
	sink_packet(&s, f, 10, WIRE);
	sink_packet(&s, f, WIRE, WIRE);
	o = outcome_of(&s);
	assert_int_equal(o.work.touched_bytes.value, 5 * WIRE + 10);
	assert_int_equal(o.capture.received.value, 4);
	assert_int_equal(o.capture.unique, 3);
	assert_int_equal(o.capture.duplicates, 1);
	assert_int_equal(o.capture.reordered, 1);
	assert_int_equal(o.capture.foreign, 2);
	assert_int_equal(o.latency.n, 3);
	sink_free(&s);
}

static void free_is_safe(void **state)
{
	struct sink s;

	(void)state;
	memset(&s, 0, sizeof(s));
	sink_free(&s);
	sink_new(&s, 2, 2);
	sink_free(&s);
	sink_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_in_order),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(merged),
		cmocka_unit_test(gaps_are_no_reordering),
		cmocka_unit_test(another_flow_is_no_reordering),
		cmocka_unit_test(reordered_is_by_flow),
		cmocka_unit_test(cut_frames_are_counted),
		cmocka_unit_test(damaged_frames),
		cmocka_unit_test(frames_of_a_mix),
		cmocka_unit_test(foreign_frames),
		cmocka_unit_test(two_streams),
		cmocka_unit_test(shares_add_up),
		cmocka_unit_test(latency_is_since_the_stamp),
		cmocka_unit_test(a_batch_has_one_time),
		cmocka_unit_test(delays_across_seconds),
		cmocka_unit_test(work_changes_no_count),
		cmocka_unit_test(marks_of_each_number),
		cmocka_unit_test(free_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
