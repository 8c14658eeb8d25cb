// SPDX-License-Identifier: GPL-2.0-or-later
/* The sender's alibi: dumps of frames that keep their times, or do not, against what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/schedule.h"
#include "harness/sink/sink.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/tests/tmpdir.h"

#define COUNT 4000
#define BOOT_NS 12000000000ULL /* the dump's clock began long before */
#define HEAD 64

static struct lab_files files;

static int make_files(void **state)
{
	uint32_t k;
	int fd;

	(void)state;
	for (k = 0; k < SENDERS_MAX; k++) {
		fd = mkstemp(tmp_name(files.sent[k], "schedule"));
		if (fd < 0 || close(fd))
			return -1;
	}
	return 0;
}

static int drop_files(void **state)
{
	(void)state;
	return unlink(files.sent[0]) | unlink(files.sent[1]);
}

static void put_frame(FILE *f, uint32_t k, uint32_t seq, uint64_t ns)
{
	uint32_t record[4] = { (uint32_t)(ns / 1000000000), (uint32_t)(ns % 1000000000 / 1000), HEAD, HEAD };
	uint32_t magic = htonl(SINK_MAGIC);
	uint8_t bytes[HEAD] = { 0 };
	uint16_t port = htons((uint16_t)(SINK_PORT + k));

	seq = htonl(seq);
	memcpy(bytes + SINK_OFF_MAGIC, &magic, sizeof(magic));
	memcpy(bytes + SINK_OFF_SEQ, &seq, sizeof(seq));
	memcpy(bytes + SINK_OFF_PORT, &port, sizeof(port));
	assert_int_equal(fwrite(record, sizeof(record), 1, f), 1);
	assert_int_equal(fwrite(bytes, sizeof(bytes), 1, f), 1);
}

/* How late a sender sends frame i, given its due time and when the frame before it left. */
typedef uint64_t (*leave_fn)(uint64_t i, uint64_t due, uint64_t last);

static void dump(const struct trial *t, uint32_t k, leave_fn leave)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, HEAD, 1 };
	FILE *f = fopen(files.sent[k], "w");
	struct schedule s;
	uint64_t i, at = 0;

	assert_non_null(f);
	assert_int_equal(schedule_make(&s, t, k, NULL), 0);
	assert_int_equal(fwrite(head, sizeof(head), 1, f), 1);
	for (i = 0; i < s.n; i++) {
		at = leave(i, s.due[i], at);
		put_frame(f, k, (uint32_t)i + 1, BOOT_NS + at);
	}
	assert_int_equal(fclose(f), 0);
	schedule_free(&s);
}

static uint64_t in_time(uint64_t i, uint64_t due, uint64_t last)
{
	(void)i;
	(void)last;
	return due;
}

static uint64_t five_us_each(uint64_t i, uint64_t due, uint64_t last)
{
	(void)i;
	return due > last + 5000 ? due : last + 5000;
}

static uint64_t thirteen_us_each(uint64_t i, uint64_t due, uint64_t last)
{
	(void)i;
	return due > last + 13000 ? due : last + 13000;
}

static uint64_t one_held(uint64_t i, uint64_t due, uint64_t last)
{
	return five_us_each(i, due + (i == 2000 ? 200000 : 0), last);
}

static uint64_t two_of_100_late(uint64_t i, uint64_t due, uint64_t last)
{
	return five_us_each(i, due + (i % 50 == 7 ? 40000 : 0), last);
}

static struct trial trial_of(const char *law, uint64_t rate)
{
	struct trial t;

	trial_init(&t);
	strcpy(t.generator, "txring");
	t.rate_pps = rate;
	t.count = COUNT;
	assert_int_equal(trial_set(&t, "gen.arrivals", law, NULL), 0);
	return t;
}

static struct outcome kept(const struct trial *t, leave_fn leave)
{
	struct err e = { "" };
	struct outcome o;
	uint32_t k;

	outcome_init(&o);
	for (k = 0; k < t->senders; k++)
		dump(t, k, leave);
	if (lab_schedule_read(t, &files, &o, &e))
		fail_msg("%s", e.text);
	lab_schedule_check(t, &o);
	return o;
}

static void verdicts(void **state)
{
	static const struct {
		const char *law;
		uint64_t rate;
		leave_fn leave;
		const char *reason;
	} rows[] = {
		{ "constant", 50000, in_time, "" },
		{ "poisson", 50000, in_time, "" },
		{ "on-off", 50000, in_time, "" },
		{ "poisson", 50000, five_us_each, "" },
		{ "on-off", 50000, five_us_each, "" },
		{ "poisson", 50000, thirteen_us_each, "the sender's gaps have a squared variation of" },
		{ "constant", 50000, one_held, "the sender was late: a frame of 100 by" },
		{ "poisson", 50000, one_held, "the sender was late: a frame of 100 by" },
		{ "poisson", 20000, two_of_100_late, "the sender was late: a frame of 100 by 40 us" },
		{ "constant", 20000, two_of_100_late, "the sender was late: a frame of 100 by 40 us" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_of(rows[i].law, rows[i].rate);
		struct outcome o = kept(&t, rows[i].leave);

		print_message("%s, row %zu: %s\n", rows[i].law, i, o.reason);
		assert_int_equal(o.status, rows[i].reason[0] ? TRIAL_INVALID : TRIAL_OK);
		assert_memory_equal(o.reason, rows[i].reason, strlen(rows[i].reason));
	}
}

/* The process is seen: 1 for Poisson, far more for on-off, 0 for equal gaps; as asked, but for the dump's microsecond. */
static void variation(void **state)
{
	struct trial t = trial_of("poisson", 50000);
	struct outcome o = kept(&t, in_time);

	(void)state;
	assert_in_range(o.schedule.scv_asked.value, 900, 1100);
	assert_in_range(o.schedule.scv.value, o.schedule.scv_asked.value - 5, o.schedule.scv_asked.value + 5);
	assert_true(o.schedule.late_max.value <= 1000);
	t = trial_of("constant", 50000);
	o = kept(&t, in_time);
	assert_int_equal(o.schedule.scv_asked.value, 0);
	assert_true(o.schedule.scv.value <= 1);
	t = trial_of("on-off", 50000);
	o = kept(&t, in_time);
	assert_true(o.schedule.scv.value > 10000);
}

/* Frames of one time leave one behind another, and only the first can be in time. */
static void bunches(void **state)
{
	struct trial t = trial_of("constant", 50000);
	struct outcome o;

	(void)state;
	assert_int_equal(trial_set(&t, "gen.bunch", "8", NULL), 0);
	o = kept(&t, five_us_each);
	assert_int_equal(o.status, TRIAL_OK);
	assert_true(o.schedule.late_max.value <= 1000);
	o = kept(&t, one_held);
	assert_int_equal(o.status, TRIAL_INVALID);
}

static void two_senders(void **state)
{
	struct trial t = trial_of("poisson", 80000);
	struct outcome o;

	(void)state;
	t.senders = 2;
	o = kept(&t, five_us_each);
	assert_int_equal(o.status, TRIAL_OK);
	assert_in_range(o.schedule.scv.value, 800, 1100);
}

/* Without drawn times there is no verdict. */
static void others(void **state)
{
	struct trial t;
	struct outcome o;

	(void)state;
	trial_init(&t);
	t.rate_pps = 50000;
	outcome_init(&o);
	assert_int_equal(lab_schedule_read(&t, &files, &o, NULL), 0);
	assert_false(o.schedule.scv.known);
	strcpy(t.generator, "txring");
	t.rate_pps = RATE_MAX;
	assert_int_equal(lab_schedule_read(&t, &files, &o, NULL), 0);
	lab_schedule_check(&t, &o);
	assert_int_equal(o.status, TRIAL_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),    cmocka_unit_test(variation), cmocka_unit_test(bunches),
		cmocka_unit_test(two_senders), cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, make_files, drop_files);
}
