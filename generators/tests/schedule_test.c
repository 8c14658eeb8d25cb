// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "generators/frame.h"
#include "generators/schedule.h"

static struct trial trial_of(uint64_t rate, uint64_t count, const char *law)
{
	struct trial t;

	trial_init(&t);
	strcpy(t.generator, "txring");
	t.rate_pps = rate;
	t.count = count;
	if (law)
		assert_int_equal(trial_set(&t, "gen.arrivals", law, NULL), 0);
	assert_int_equal(generator_check(&t, NULL), 0);
	return t;
}

static struct schedule made(const struct trial *t, uint32_t k)
{
	struct err e = { "" };
	struct schedule s;

	assert_int_equal(schedule_make(&s, t, k, &e), 0);
	return s;
}

static void test_constant_gaps_from_a_phase_below_one(void **state)
{
	struct trial t = trial_of(1000000, 1000, NULL);
	struct schedule s = made(&t, 0);
	uint64_t i;

	(void)state;
	assert_int_equal(s.n, 1000);
	assert_true(s.due[0] <= 1000);
	for (i = 1; i < s.n; i++)
		assert_in_range(s.due[i] - s.due[i - 1], 999, 1001);
	assert_int_equal(schedule_ns(&s), s.due[999]);
	schedule_free(&s);
}

static void test_laws_have_the_rate_that_was_asked(void **state)
{
	static const char *const laws[] = { "constant", "poisson", "on-off" };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct trial t = trial_of(500000, 2000000, laws[i]);
		struct schedule s = made(&t, 0);

		/* 4 s; on-off has 2,000 periods of each kind there, the mean of which is good to about 2 %. */
		assert_in_range(schedule_ns(&s), 3750000000, 4250000000);
		schedule_free(&s);
	}
}

static void test_a_function_of_the_seed(void **state)
{
	struct trial t = trial_of(500000, 100, "poisson");
	struct schedule a = made(&t, 0), b = made(&t, 0), c;

	(void)state;
	assert_memory_equal(a.due, b.due, 100 * sizeof(a.due[0]));
	t.seed++;
	c = made(&t, 0);
	assert_memory_not_equal(a.due, c.due, 100 * sizeof(a.due[0]));
	schedule_free(&a);
	schedule_free(&b);
	schedule_free(&c);
}

static void test_senders_share_frames_and_rate(void **state)
{
	struct trial t = trial_of(500000, 100001, NULL);
	struct schedule a, b;

	(void)state;
	t.senders = 2;
	a = made(&t, 0);
	b = made(&t, 1);
	assert_int_equal(a.n, 50001);
	assert_int_equal(b.n, 50000);
	assert_in_range(schedule_ns(&a), 200000000 - 8000, 200000000 + 8000);
	assert_in_range(schedule_ns(&b), 200000000 - 8000, 200000000 + 8000);
	assert_true(a.due[0] != b.due[0]);
	schedule_free(&a);
	schedule_free(&b);
}

static void test_unpaced_has_no_times(void **state)
{
	struct trial t = trial_of(RATE_MAX, 100, NULL);
	struct schedule s = made(&t, 0);

	(void)state;
	assert_null(s.due);
	assert_int_equal(s.n, 100);
	assert_int_equal(schedule_ns(&s), 0);
}

static void test_words_of_a_setting(void **state)
{
	struct trial t = trial_of(1000, 100, NULL);
	struct err e = { "" };

	(void)state;
	assert_int_equal(generator_setting(&t, "arrivals"), SCHEDULE_CONSTANT);
	trial_set(&t, "gen.arrivals", "on-off", NULL);
	assert_int_equal(generator_setting(&t, "arrivals"), SCHEDULE_ON_OFF);
	trial_set(&t, "gen.arrivals", "2", NULL);
	assert_true(generator_check(&t, &e) < 0);
	assert_string_equal(e.text, "gen.arrivals=2: must be one of constant, poisson, on-off, trace");
}

/* The sink must take them for pktgen's frames. */
static void test_frames_are_what_the_sink_expects(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x99 };
	static const uint32_t sizes[] = { 64, 65, 1518 };
	uint8_t frame[FRAME_ROOM];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		uint32_t bytes = sizes[i] - FCS_BYTES;
		struct sink s;

		assert_int_equal(sink_init(&s, sizes[i], 10, 2, NULL), 0);
		frame_build(frame, bytes, 1, mac, mac);
		frame_number(frame, 3, frame_stamp(1000000000ULL * 5 + 7000));
		sink_packet(&s, frame, bytes, bytes);
		assert_int_equal(sink_seen(&s.stream[1], 3), SINK_SEEN);
		assert_int_equal((uint32_t)s.stream[1].last, 3);
		assert_int_equal(s.corrupted + s.foreign, 0);
		assert_memory_equal(frame, mac, 6);
		assert_memory_equal(frame + SINK_OFF_STAMP, "\0\0\0\x05\0\0\0\x07", 8);
		sink_free(&s);
	}
}

/* RFC 1071: the sum over a header with its checksum is all ones. */
static void test_checksum_of_the_header(void **state)
{
	static const uint8_t mac[6] = { 0 };
	uint8_t frame[FRAME_ROOM];
	uint32_t sum = 0, i;

	(void)state;
	frame_build(frame, 60, 0, mac, mac);
	for (i = 14; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant_gaps_from_a_phase_below_one),
		cmocka_unit_test(test_laws_have_the_rate_that_was_asked),
		cmocka_unit_test(test_a_function_of_the_seed),
		cmocka_unit_test(test_senders_share_frames_and_rate),
		cmocka_unit_test(test_unpaced_has_no_times),
		cmocka_unit_test(test_words_of_a_setting),
		cmocka_unit_test(test_frames_are_what_the_sink_expects),
		cmocka_unit_test(test_checksum_of_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
