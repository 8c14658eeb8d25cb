// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/outcome.h"

static void fill_each(struct outcome *o)
{
	o->cpu.n_each = 2;
	o->cpu.each[0] = (struct cpu_part) { counter_of(21), { 0 }, 0.25 };
	o->cpu.each[1] = (struct cpu_part) { { 0 }, counter_of(22), -1 };
}

/* Every field has a number of its own, so that swapped fields show. */
static void fill(struct outcome *o)
{
	uint64_t v = 1000;
	int i;

	outcome_init(o);
	outcome_fail(o, TRIAL_INVALID, "sender sent %d of %d", 3, 4);
	o->generator.sent = v++;
	o->generator.errors = v++;
	o->generator.duration_ns = v++;
	o->generator.achieved_pps = v++;
	o->capture.received = counter_of(v++);
	o->capture.unique = v++;
	o->capture.duplicates = v++;
	o->capture.reordered = v++;
	o->capture.corrupted = v++;
	o->capture.foreign = v++;
	o->capture.truncated = v++;
	o->capture.own_received = counter_of(v++);
	o->capture.own_if_dropped = counter_of(0);
	o->work.touched_bytes = counter_of(v++);
	o->work.matches = counter_of(v++);
	for (i = 0; i < DROP_PLACES; i += 2)
		o->drops[i] = counter_of(v++);
	o->nic.wire = counter_of(v++);
	o->nic.first_drop = counter_of(v++);
	o->irq.hard = counter_of(v++);
	o->cpu.busy_ns = counter_of(INT64_MAX);
	for (i = 0; i < STAGES; i++)
		o->cpu.instructions[i] = counter_of(v++);
	o->capture.polls.all = counter_of(v++);
	o->capture.polls.empty = counter_of(v++);
	o->cpu.reader.user_ns = counter_of(v++);
	o->cpu.reader.system_ns = counter_of(v++);
	o->cpu.dut_share = 0.1 + 0.2;
	fill_each(o);
	o->latency.n = v++;
	o->latency.p50 = v++;
	o->latency.p90 = v++;
	o->latency.p99 = v++;
	o->latency.p99_9 = v++;
	o->latency.max = v++;
	o->latency.mean = v++;
	o->latency.bucket[0] = 1;
	o->latency.bucket[HISTOGRAM_BUCKETS - 1] = UINT32_MAX;
	o->meters = json_pack("{s:{s:[i,n]}}", "time", "user_ns", 5);
	assert_int_equal(outcome_knob(o, "rx_usecs", "50"), 0);
	assert_int_equal(outcome_knob(o, "driver", "igb \"5.6\""), 0);
}

static void round_trip_loses_nothing(void **state)
{
	struct outcome in, out;
	struct err e = { "" };
	char *text, *again;

	(void)state;
	fill(&in);
	memset(&out, 0xff, sizeof(out));
	text = outcome_encode(&in);
	assert_non_null(text);
	assert_null(strchr(text, '\n'));
	assert_int_equal(outcome_decode(&out, text, &e), 0);
	/* Field by field: padding bytes may differ. */
	again = outcome_encode(&out);
	assert_string_equal(again, text);
	assert_non_null(strstr(again, "\"meters\":{\"time\":{\"user_ns\":[5,null]}}"));
	outcome_free(&in);
	outcome_free(&out);
	free(again);
	free(text);
}

static void a_fresh_outcome_is_unknown(void **state)
{
	struct outcome in, out;
	struct err e = { "" };
	char *text;

	(void)state;
	outcome_init(&in);
	assert_int_equal(in.status, TRIAL_OK);
	assert_true(in.cpu.dut_share < 0);
	text = outcome_encode(&in);
	assert_non_null(strstr(text, "\"own_dropped\":null"));
	assert_non_null(strstr(text, "\"nic_other\":null"));
	assert_null(strstr(text, "instructions")); /* the guest prints no more for what is counted outside */
	assert_int_equal(outcome_decode(&out, text, &e), 0);
	assert_null(strstr(text, "reader"));
	assert_null(strstr(text, "meters"));
	assert_null(out.meters);
	assert_null(strstr(text, "empty"));
	assert_null(strstr(text, "each"));
	assert_false(out.capture.received.known);
	assert_false(out.capture.polls.all.known);
	assert_false(out.cpu.instructions[STAGE_COPY].known);
	assert_false(out.cpu.reader.user_ns.known);
	assert_false(out.drops[DROP_CAPTURE].known);
	assert_false(out.nic.wire.known);
	free(text);
}

static void reasons_and_their_rank(void **state)
{
	struct outcome o;

	(void)state;
	outcome_init(&o);
	outcome_fail(&o, TRIAL_INVALID, "first %d", 1);
	outcome_fail(&o, TRIAL_INVALID, "second");
	assert_int_equal(o.status, TRIAL_INVALID);
	assert_string_equal(o.reason, "first 1");
	outcome_fail(&o, TRIAL_FAILED, "panic");
	outcome_fail(&o, TRIAL_INVALID, "late");
	outcome_fail(&o, TRIAL_FAILED, "later");
	assert_int_equal(o.status, TRIAL_FAILED);
	assert_string_equal(o.reason, "panic");
}

static void knobs_are_replaced_and_bounded(void **state)
{
	char key[32];
	struct outcome o;
	unsigned int i;

	(void)state;
	outcome_init(&o);
	assert_int_equal(outcome_knob(&o, "a", "1"), 0);
	assert_int_equal(outcome_knob(&o, "a", "2"), 0);
	assert_int_equal(o.n_knobs, 1);
	assert_string_equal(o.knobs[0].value, "2");
	for (i = 1; i < sizeof(o.knobs) / sizeof(o.knobs[0]); i++) {
		snprintf(key, sizeof(key), "k%u", i);
		assert_int_equal(outcome_knob(&o, key, "1"), 0);
	}
	assert_int_equal(outcome_knob(&o, "one-more", "1"), -E2BIG);
	assert_int_equal(outcome_knob(&o, "a-key-of-more-than-thirty-one-bytes", "1"), -EINVAL);
}

/* What a guest may send: each edit of a good line must be refused with the field named. */
static void bad_lines(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} rows[] = {
		{ "\"sent\":1000", "\"sent\":-1", "outcome: generator.sent is no count" },
		{ "\"sent\":1000", "\"sent\":\"1\"", "outcome: generator.sent is no count" },
		{ "\"sent\":1000", "\"sent\":null", "outcome: generator.sent is no count" },
		{ "\"sent\":1000", "\"sent\":1.5", "outcome: generator.sent is no count" },
		{ "\"sent\":1000", "\"tnes\":1000", "outcome: generator.sent is missing" },
		{ "\"wire\":", "\"wired\":", "outcome: nic.wire is missing" },
		{ "\"xdp\":null", "\"xdp\":true", "outcome: drops.xdp is no count" },
		{ "\"status\":\"invalid\"", "\"status\":\"good\"", "outcome: status 'good' is unknown" },
		{ "\"status\":\"invalid\"", "\"status\":3", "outcome: status or reason is missing or no text" },
		{ "\"tap\":", "\"top\":", "outcome: instructions.tap is missing" },
		{ "\"empty\":", "\"full\":", "outcome: polls.empty is missing" },
		{ "\"empty_ns\":null", "\"empty_ns\":\"1\"", "outcome: polls.empty_ns is no count" },
		{ "\"system_ns\":", "\"systems_ns\":", "outcome: reader.system_ns is missing" },
		{ "\"meters\":{", "\"meters\":5,\"x\":{", "outcome: meters is no object" },
		{ "\"dut_share\":", "\"share\":", "outcome: cpu.dut_share is missing or no number" },
		{ "\"rx_usecs\":\"50\"", "\"rx_usecs\":50",
		  "outcome: knobs.rx_usecs is no text, too long or one too many" },
		{ "\"knobs\":{", "\"nobs\":{", "outcome: knobs is missing or no object" },
	};
	struct outcome in, out;
	char *good;
	size_t i;

	(void)state;
	fill(&in);
	good = outcome_encode(&in);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *at = strstr(good, rows[i].from);
		struct err e = { "" };
		char bad[8192];

		assert_non_null(at);
		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(at - good), good, rows[i].to, at + strlen(rows[i].from));
		assert_int_equal(outcome_decode(&out, bad, &e), -EPROTO);
		assert_string_equal(e.text, rows[i].message);
		assert_null(out.meters);
	}
	outcome_free(&in);
	good[strlen(good) / 2] = 0;
	struct err torn = { "" };
	assert_int_equal(outcome_decode(&out, good, &torn), -EPROTO);
	assert_non_null(strstr(torn.text, "outcome: column "));
	free(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_loses_nothing),
		cmocka_unit_test(a_fresh_outcome_is_unknown),
		cmocka_unit_test(reasons_and_their_rank),
		cmocka_unit_test(knobs_are_replaced_and_bounded),
		cmocka_unit_test(bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
