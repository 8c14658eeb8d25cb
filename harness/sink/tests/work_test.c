// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sink/flow_table.h"
#include "harness/sink/work.h"

static uint64_t random_state = 88172645463325252ULL; /* xorshift64 */

static uint32_t next_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void settings(void **state)
{
	static const struct {
		const char *text;
		int ret;
		enum work_kind kind;
		const char *pattern; /* or what the message says */
		uint32_t bytes;
	} rows[] = {
		{ "count", 0, WORK_COUNT, "", 0 },
		{ "touch", 0, WORK_TOUCH, "", 0 },
		{ "flow", 0, WORK_FLOW, "", 0 },
		{ "match:NEEDLE", 0, WORK_MATCH, "NEEDLE", 6 },
		{ "match:x", 0, WORK_MATCH, "x", 1 },
		{ "match:a:b", 0, WORK_MATCH, "a:b", 3 },
		{ "match:0xbE9be955", 0, WORK_MATCH, "\xbe\x9b\xe9\x55", 4 },
		{ "match:0x00", 0, WORK_MATCH, "\0", 1 },
		{ "match:0123456789012345678901234567890123456789012345678901234567890123", 0, WORK_MATCH,
		  "0123456789012345678901234567890123456789012345678901234567890123", 64 },
		{ "", -EINVAL, 0, "must be count, touch, flow or match:PATTERN", 0 },
		{ "Touch", -EINVAL, 0, "work=Touch: must be", 0 },
		{ "match", -EINVAL, 0, "work=match: must be", 0 },
		{ "count:x", -EINVAL, 0, "must be", 0 },
		{ "match:", -EINVAL, 0, "a pattern is 1 to 64 bytes", 0 },
		{ "match:01234567890123456789012345678901234567890123456789012345678901234", -EINVAL, 0, "1 to 64", 0 },
		{ "match:0x", -EINVAL, 0, "not an even number of hexadecimal digits", 0 },
		{ "match:0xabc", -EINVAL, 0, "0xabc: not an even number", 0 },
		{ "match:0xag", -EINVAL, 0, "0xag: not an even number", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct work_setting s;
		struct err e = { "" };

		assert_int_equal(work_parse(&s, rows[i].text, &e), rows[i].ret);
		if (rows[i].ret) {
			assert_non_null(strstr(e.text, rows[i].pattern));
			continue;
		}
		assert_int_equal(s.kind, rows[i].kind);
		assert_int_equal(s.pattern_bytes, rows[i].bytes);
		assert_memory_equal(s.pattern, rows[i].pattern, rows[i].bytes);
	}
}

static bool found_by_force(const uint8_t *pattern, uint32_t n, const uint8_t *data, uint32_t bytes)
{
	uint32_t i;

	for (i = 0; i + n <= bytes; i++) {
		if (!memcmp(data + i, pattern, n))
			return true;
	}
	return false;
}

/* Few different bytes, so that parts repeat and both tables are used; the text ends where the memory ends. */
static void patterns_as_by_brute_force(void **state)
{
	uint32_t found = 0, i, k;

	(void)state;
	for (i = 0; i < 200000; i++) {
		uint32_t letters = 1 + next_random(4), n = 1 + next_random(8), bytes = next_random(60);
		uint8_t *data = malloc(bytes + 1), pattern[8];
		struct pattern p;
		bool wanted;

		for (k = 0; k < n; k++)
			pattern[k] = next_random(letters);
		for (k = 0; k < bytes; k++)
			data[k + 1] = next_random(letters);
		pattern_init(&p, pattern, n);
		wanted = found_by_force(pattern, n, data + 1, bytes);
		assert_int_equal(pattern_found(&p, data + 1, bytes), wanted);
		found += wanted;
		free(data);
	}
	assert_in_range(found, 20000, 180000); /* both answers were asked for */
}

static void patterns_at_the_edges(void **state)
{
	static const uint8_t text[] = "GCATCGCAGAGAGTATACAGTACG";
	static const struct {
		const char *pattern;
		bool found;
	} rows[] = {
		{ "GCAGAGAG", true },
		{ "GCAGAGAGC", false },
		{ "GCAT", true },
		{ "TACG", true },
		{ "ACGT", false },
		{ "A", true },
		{ "GCATCGCAGAGAGTATACAGTACG", true },
		{ "AGTATACAGTACGG", false },
	};
	struct pattern p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pattern_init(&p, (const uint8_t *)rows[i].pattern, strlen(rows[i].pattern));
		assert_int_equal(pattern_found(&p, text, sizeof(text) - 1), rows[i].found);
		assert_false(pattern_found(&p, text, strlen(rows[i].pattern) - 1));
		assert_false(pattern_found(&p, text, 0));
	}
}

/* Ethernet, a VLAN tag or not, IPv4 or IPv6, ports. Its length. */
static uint32_t frame_make(uint8_t f[80], int version, int vlan, uint8_t protocol, uint32_t address, uint16_t port)
{
	uint8_t *at = f + 12;

	memset(f, 0, 80);
	if (vlan) {
		memcpy(at, "\x81\x00\x00\x07", 4);
		at += 4;
	}
	memcpy(at, version == 4 ? "\x08\x00" : "\x86\xdd", 2);
	at += 2;
	at[0] = version == 4 ? 0x45 : 0x60;
	at[version == 4 ? 9 : 6] = protocol;
	memcpy(at + (version == 4 ? 12 : 20), &address, 4);
	at += version == 4 ? 20 : 40;
	memcpy(at, &port, 2);
	return at + 8 - f;
}

static struct work work_of(const char *text)
{
	struct work_setting s;
	struct err e = { "" };
	struct work w;

	assert_int_equal(work_parse(&s, text, &e), 0);
	assert_int_equal(work_init(&w, &s, &e), 0);
	return w;
}

static struct work_result result_of(const struct work *w)
{
	struct work_result r;

	memset(&r, 0, sizeof(r));
	work_fill(w, &r);
	return r;
}

static void flows_are_told_apart(void **state)
{
	static const struct {
		int version, vlan;
		uint8_t protocol;
		uint32_t address;
		uint16_t port;
		uint64_t flows; /* after it */
	} rows[] = {
		{ 4, 0, 17, 1, 1, 1 }, { 4, 0, 17, 1, 1, 1 }, { 4, 0, 17, 1, 2, 2 },
		{ 4, 0, 17, 2, 1, 3 }, { 4, 0, 6, 1, 1, 4 },  { 4, 1, 6, 1, 1, 4 }, /* tagged or not, one flow */
		{ 6, 0, 17, 1, 1, 5 }, { 6, 1, 17, 1, 1, 5 }, { 6, 0, 6, 1, 1, 6 },
	};
	struct work w = work_of("flow");
	uint64_t packets = 0, bytes = 0;
	uint8_t f[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t n =
			frame_make(f, rows[i].version, rows[i].vlan, rows[i].protocol, rows[i].address, rows[i].port);

		w.frame(&w, f, n, 100);
		assert_int_equal(result_of(&w).flows.value, rows[i].flows);
	}
	for (i = 0; i < FLOW_SLOTS; i++) {
		packets += w.flows->slot[i].packets;
		bytes += w.flows->slot[i].bytes;
	}
	assert_int_equal(packets, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(bytes, 100 * packets);
	assert_int_equal(result_of(&w).unclassified.value, 0);
	assert_false(result_of(&w).matches.known || result_of(&w).touched_bytes.known);
	work_free(&w);
}

/* Every length from nothing to the last byte of the ports; the memory ends where the frame does. */
static void what_is_no_flow(void **state)
{
	static const int kinds[][2] = { { 4, 0 }, { 4, 1 }, { 6, 0 }, { 6, 1 } };
	struct work w = work_of("flow");
	uint64_t other = 0;
	uint8_t f[80];
	uint32_t n, i, k;

	(void)state;
	for (k = 0; k < 4; k++) {
		n = frame_make(f, kinds[k][0], kinds[k][1], 17, 1, 1) - 4; /* the ports' end */
		for (i = 0; i < n; i++) {
			uint8_t *cut = malloc(i + 1);

			memcpy(cut + 1, f, i);
			w.frame(&w, cut + 1, i, 100);
			free(cut);
			assert_int_equal(result_of(&w).unclassified.value, ++other);
		}
	}
	n = frame_make(f, 4, 0, 1, 1, 1); /* ICMP */
	w.frame(&w, f, n, 100);
	n = frame_make(f, 4, 0, 17, 1, 1);
	f[14 + 7] = 1; /* a later fragment */
	w.frame(&w, f, n, 100);
	f[14 + 7] = 0;
	f[14] = 0x44; /* a header too short to be one */
	w.frame(&w, f, n, 100);
	f[14] = 0x65;
	w.frame(&w, f, n, 100);
	f[14] = 0x4f; /* options that are not there */
	w.frame(&w, f, n, 100);
	f[12] = f[13] = 0;
	w.frame(&w, f, n, 100);
	assert_int_equal(result_of(&w).unclassified.value, other + 6);
	assert_int_equal(result_of(&w).flows.value, 0);
	work_free(&w);
}

/* Two readers' flows, some common, merge as if one reader had had them all, also when the table is full. */
static void tables_become_one(void **state)
{
	struct work w = work_of("flow"), more = work_of("flow");
	uint64_t packets = 0;
	uint8_t f[80];
	uint32_t i, n;

	(void)state;
	for (i = 0; i < FLOWS_MAX; i++) {
		n = frame_make(f, 4, 0, 17, i, 1);
		w.frame(&w, f, n, 60);
		n = frame_make(f, 4, 0, 17, i + 3, 1);
		more.frame(&more, f, n, 60);
		more.frame(&more, f, n, 60);
	}
	work_merge(&w, &more);
	for (i = 0; i < FLOW_SLOTS; i++)
		packets += w.flows->slot[i].packets;
	assert_int_equal(result_of(&w).flows.value, FLOWS_MAX);
	assert_int_equal(result_of(&w).unclassified.value, 3 * 2);
	assert_int_equal(packets, 3 * FLOWS_MAX - 3 * 2);
	work_free(&w);
	work_free(&more);
}

static void the_table_is_bounded(void **state)
{
	struct work w = work_of("flow");
	uint8_t f[80];
	uint32_t i, n;

	(void)state;
	for (i = 0; i < FLOWS_MAX + 10; i++) {
		n = frame_make(f, 4, 0, 17, i, 1);
		w.frame(&w, f, n, 60);
	}
	assert_int_equal(result_of(&w).flows.value, FLOWS_MAX);
	assert_int_equal(result_of(&w).unclassified.value, 10);
	n = frame_make(f, 4, 0, 17, 5, 1); /* a known one still has its place */
	w.frame(&w, f, n, 60);
	assert_int_equal(result_of(&w).unclassified.value, 10);
	work_free(&w);
}

static void touch_reads_every_byte(void **state)
{
	uint32_t n, i;

	(void)state;
	for (n = 0; n < 40; n++) {
		struct work w = work_of("touch");
		uint8_t *data = calloc(1, n + 1);
		uint64_t before;

		w.frame(&w, data, n, n);
		for (i = 0; i < n; i++) {
			before = w.sum;
			data[i] = 1;
			w.frame(&w, data, n, n);
			assert_true(w.sum != before);
			data[i] = 0;
		}
		assert_int_equal(result_of(&w).touched_bytes.value, n * (n + 1));
		free(data);
		work_free(&w);
	}
}

static void match_counts_frames(void **state)
{
	struct work w = work_of("match:NEEDLE");

	(void)state;
	w.frame(&w, (const uint8_t *)"..NEEDLE..NEEDLE", 16, 16); /* once is enough */
	w.frame(&w, (const uint8_t *)"..NEEDLE", 7, 8); /* cut */
	w.frame(&w, (const uint8_t *)"..needle", 8, 8);
	w.frame(&w, (const uint8_t *)"NEEDLE", 6, 6);
	assert_int_equal(result_of(&w).matches.value, 2);
	assert_false(result_of(&w).flows.known);
	work_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(patterns_as_by_brute_force),
		cmocka_unit_test(patterns_at_the_edges),
		cmocka_unit_test(flows_are_told_apart),
		cmocka_unit_test(what_is_no_flow),
		cmocka_unit_test(tables_become_one),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(touch_reads_every_byte),
		cmocka_unit_test(match_counts_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
