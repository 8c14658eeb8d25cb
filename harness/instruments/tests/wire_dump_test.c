// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/sink/sink.h"
#include "harness/tests/scratch.h"
#include "harness/instruments/wire_dump.h"

#define KEPT 64 /* bytes a frame that the lab's dumps keep */

static FILE *dump_begin(uint32_t magic)
{
	const uint32_t head[] = { magic, 2 | 4 << 16, 0, 0, 65536, 1 };
	FILE *f = fopen(scratch, "w");

	assert_non_null(f);
	fwrite(head, sizeof(head), 1, f);
	return f;
}

static void dump_bytes(FILE *f, uint64_t us, const uint8_t *bytes, uint32_t caplen)
{
	const uint32_t head[] = { (uint32_t)(us / 1000000), (uint32_t)(us % 1000000), caplen, 1514 };

	fwrite(head, sizeof(head), 1, f);
	fwrite(bytes, 1, caplen, f);
}

static void dump_frame(FILE *f, uint64_t us, uint32_t k, uint32_t seq)
{
	const uint32_t h[] = { htonl(SINK_MAGIC), htonl(seq) };
	const uint16_t port = htons((uint16_t)(SINK_PORT + k));
	uint8_t bytes[KEPT] = { 0 };

	memcpy(bytes + SINK_OFF_PORT, &port, sizeof(port));
	memcpy(bytes + SINK_OFF_MAGIC, h, sizeof(h));
	dump_bytes(f, us, bytes, sizeof(bytes));
}

static void frames_as_they_passed(void **state)
{
	const uint8_t other[KEPT] = { 0xff };
	struct wire_frame f;
	struct wire w = { 0 };
	struct err e = { 0 };
	FILE *out = dump_begin(0xa1b2c3d4);

	(void)state;
	dump_frame(out, 1999999, 0, 1);
	dump_frame(out, 2000001, 1, 0x01020304);
	dump_bytes(out, 2000002, other, KEPT);
	dump_bytes(out, 2000003, other, SINK_OFF_STAMP - 1);
	dump_bytes(out, 2000004, other, 0);
	fclose(out);
	assert_int_equal(wire_open(&w, scratch, &e), 0);
	assert_true(wire_next(&w, &f));
	assert_true(f.magic && f.sender == 0 && f.seq == 1 && f.ns == 1999999000);
	assert_true(wire_next(&w, &f));
	assert_true(f.magic && f.sender == 1 && f.seq == 0x01020304 && f.ns == 2000001000);
	assert_true(wire_next(&w, &f));
	assert_true(!f.magic && f.ns == 2000002000);
	assert_true(wire_next(&w, &f)); /* too short to be known */
	assert_true(!f.magic && f.ns == 2000003000);
	assert_true(wire_next(&w, &f));
	assert_false(wire_next(&w, &f));
	wire_close(&w);
	wire_close(&w);
}

static void what_is_no_dump_is_refused(void **state)
{
	struct wire w = { 0 };
	struct err e = { 0 };

	(void)state;
	fclose(dump_begin(0xa1b23c4d)); /* nanoseconds */
	assert_int_equal(wire_open(&w, scratch, &e), -EPROTO);
	assert_non_null(strstr(e.text, scratch));
	wire_close(&w);
	scratch_write("\xd4\xc3\xb2\xa1 and no more");
	assert_int_equal(wire_open(&w, scratch, &e), -EPROTO);
	wire_close(&w);
	assert_int_equal(wire_open(&w, "/nonexistent/dump", &e), -ENOENT);
	wire_close(&w);
}

/* A dump that was cut while being written, or has an impossible length, ends there. */
static void torn_dumps_end(void **state)
{
	const uint32_t huge[] = { 1, 0, UINT32_MAX, 64 };
	struct wire_frame f;
	struct wire w = { 0 };
	struct err e = { 0 };
	FILE *out = dump_begin(0xa1b2c3d4);
	long whole;

	(void)state;
	dump_frame(out, 1, 0, 1);
	whole = ftell(out);
	fwrite(huge, sizeof(huge), 1, out);
	dump_frame(out, 2, 0, 2);
	fclose(out);
	assert_int_equal(wire_open(&w, scratch, &e), 0);
	assert_true(wire_next(&w, &f));
	assert_false(wire_next(&w, &f));
	wire_close(&w);
	assert_int_equal(truncate(scratch, whole - 1), 0);
	assert_int_equal(wire_open(&w, scratch, &e), 0);
	assert_false(wire_next(&w, &f));
	wire_close(&w);
}

/* Gaps are between frames of one sender's dump; a foreign frame ends none, and two dumps have none between them. */
static void gaps_of_two_senders(void **state)
{
	const uint8_t other[KEPT] = { 0 };
	struct gaps g = { 0 };
	struct err e = { 0 };
	struct wire w;
	uint64_t us = 1000;
	uint32_t i, k;
	FILE *out;

	(void)state;
	for (k = 0; k < 2; k++) {
		out = dump_begin(0xa1b2c3d4);
		for (i = 0; i <= 100; i++) {
			dump_frame(out, us, k, i + 1);
			dump_bytes(out, us + 1, other, KEPT);
			us += k ? 10 : i + 1;
		}
		fclose(out);
		assert_int_equal(wire_open(&w, scratch, &e), 0);
		assert_int_equal(gaps_add(&g, &w, &e), 0);
		wire_close(&w);
		us += 5000000;
	}
	gaps_close(&g);
	assert_int_equal(g.n, 200); /* 1, 2, ... 100 us, and 100 of 10 us */
	assert_int_equal(g.p50, 10000);
	assert_int_equal(g.p99, 98000);
	assert_int_equal(g.max, 100000);
}

static void no_frame_has_no_gap(void **state)
{
	struct gaps g = { 0 };
	struct err e = { 0 };
	struct wire w;
	FILE *out = dump_begin(0xa1b2c3d4);

	(void)state;
	dump_frame(out, 1, 0, 1);
	fclose(out);
	assert_int_equal(wire_open(&w, scratch, &e), 0);
	assert_int_equal(gaps_add(&g, &w, &e), 0);
	wire_close(&w);
	gaps_close(&g);
	assert_int_equal(g.n + g.p50 + g.p99 + g.max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_as_they_passed, scratch_file, scratch_unlink),
		cmocka_unit_test_setup_teardown(what_is_no_dump_is_refused, scratch_file, scratch_unlink),
		cmocka_unit_test_setup_teardown(torn_dumps_end, scratch_file, scratch_unlink),
		cmocka_unit_test_setup_teardown(gaps_of_two_senders, scratch_file, scratch_unlink),
		cmocka_unit_test_setup_teardown(no_frame_has_no_gap, scratch_file, scratch_unlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
