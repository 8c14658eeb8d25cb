// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written is read back the same: ten thousand random trials, a thousand random outcomes; the same ones every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/outcome.h"
#include "harness/record/settings.h"
#include "harness/util/random.h"

#define TRIALS 10000
#define OUTCOMES 1000
#define NAME "abcdefghijklmnopqrstuvwxyz0123456789._-"
#define VALUE NAME "ABCDEFGHIJKLMNOPQRSTUVWXYZ:"

static uint64_t below(struct random *r, uint64_t n)
{
	return random_next(r) % n;
}

/* Often one of the ends. */
static uint64_t within(struct random *r, uint64_t least, uint64_t most)
{
	uint64_t kind = below(r, 8);

	return kind == 0 ? least : kind == 1 ? most : least + below(r, most - least + 1);
}

static void word(struct random *r, const char *chars, char *to, size_t size)
{
	size_t n = within(r, 1, size - 1), i;

	for (i = 0; i < n; i++)
		to[i] = chars[below(r, strlen(chars))];
	to[n] = '\0';
}

/* Any printable characters. */
static void text(struct random *r, char *to, size_t size)
{
	size_t n = within(r, 1, size - 1), i;

	for (i = 0; i < n; i++)
		to[i] = (char)within(r, ' ', '~');
	to[n] = '\0';
}

static void put_name(struct random *r, struct trial *t, const char *field, size_t size)
{
	struct err e = { "" };
	char name[32];

	assert_true(size <= sizeof(name));
	word(r, NAME, name, size);
	assert_int_equal(trial_assign(t, field, name, &e), 0);
}

/* A key that is known, or any. */
static int put_setting(struct random *r, struct trial *t, struct err *e)
{
	static const char *const known[] = { FILTER_KEY, LABEL_KEY, WORK_KEY, "plant", "rx_usecs", "gen.burst" };
	char key[sizeof(t->settings[0].key)], value[sizeof(t->settings[0].value)];
	size_t i = below(r, 2 * sizeof(known) / sizeof(known[0]));

	word(r, NAME, key, sizeof(key));
	if (i < sizeof(known) / sizeof(known[0]))
		strcpy(key, known[i]);
	if (!strcmp(key, FILTER_KEY))
		text(r, value, sizeof(value));
	else
		word(r, VALUE, value, sizeof(value));
	return trial_set(t, key, value, e);
}

/* A trial that trial_check() takes; settings that make its text too long are left out. */
static void trial_draw(struct random *r, struct trial *t)
{
	static const uint64_t rates[] = { RATE_MAX, RATE_OWN, 1, RATE_PPS_LIMIT };
	struct err e = { "" };
	uint64_t n = within(r, 0, TRIAL_SETS), kind = below(r, 8);
	struct trial before;

	trial_init(t);
	put_name(r, t, "testbed", sizeof(t->testbed));
	put_name(r, t, "capture", sizeof(t->capture));
	put_name(r, t, "generator", sizeof(t->generator));
	t->frame_bytes = (uint32_t)within(r, FRAME_BYTES_MIN, FRAME_BYTES_MAX);
	t->rate_pps = kind < 4 ? rates[kind] : within(r, 1, RATE_PPS_LIMIT);
	t->senders = (uint32_t)within(r, 1, 2);
	t->count = within(r, t->senders, COUNT_LIMIT);
	t->seed = within(r, 0, UINT32_MAX);
	t->reader_cpu = (uint32_t)within(r, 1, 2);
	assert_int_equal(trial_check(t, &e), 0);
	while (n--) {
		before = *t;
		assert_int_equal(put_setting(r, t, &e), 0);
		if (trial_check(t, &e))
			*t = before;
	}
}

static void trials_print_and_read_back(void **state)
{
	char line[TRIAL_TEXT_MAX], again[TRIAL_TEXT_MAX], id[17], other[17];
	struct trial t, u;
	struct err e = { "" };
	struct random r;
	uint64_t i;

	(void)state;
	for (i = 0; i < TRIALS; i++) {
		random_init(&r, 1, i);
		trial_draw(&r, &t);
		assert_true(trial_format(&t, line, sizeof(line)) > 0);
		if (trial_parse(&u, line, &e))
			fail_msg("trial %llu: %s: %s", (unsigned long long)i, line, e.text);
		assert_memory_equal(&t, &u, sizeof(t));
		assert_int_equal(trial_format(&u, again, sizeof(again)), (int)strlen(line));
		assert_string_equal(line, again);
		trial_id(&t, id);
		trial_id(&u, other);
		assert_string_equal(id, other);
	}
}

/* JSON holds 63 bits. */
static uint64_t number(struct random *r)
{
	return within(r, 0, INT64_MAX) >> below(r, 64);
}

static struct counter counter(struct random *r)
{
	return below(r, 3) ? counter_of(number(r)) : counter_unknown();
}

static double share(struct random *r)
{
	return below(r, 4) ? random_unit(r) : -1;
}

static void draw_optional(struct random *r, struct outcome *o)
{
	uint32_t i;

	if (below(r, 2))
		for (i = 0; i < STAGES; i++)
			o->cpu.instructions[i] = counter_of(number(r));
	if (below(r, 2))
		o->cpu.reader = (struct cpu_used) { counter_of(number(r)), counter_of(number(r)) };
	if (below(r, 2))
		o->capture.polls = (struct poll_counts) { counter_of(number(r)), counter_of(number(r)), counter(r) };
	if (below(r, 2))
		o->cpu.n_each = (uint32_t)within(r, 1, OUTCOME_CPUS);
	for (i = 0; i < o->cpu.n_each; i++)
		o->cpu.each[i] = (struct cpu_part) { counter(r), counter(r), share(r) };
	if (below(r, 2))
		o->meters = json_pack("{s:{s:I}}", "time", "steal_ns", (json_int_t)number(r));
}

static void draw_knobs(struct random *r, struct outcome *o)
{
	char key[sizeof(o->knobs[0].key)], value[sizeof(o->knobs[0].value)];
	uint64_t n = within(r, 0, sizeof(o->knobs) / sizeof(o->knobs[0]));

	while (n--) {
		word(r, NAME, key, sizeof(key));
		text(r, value, sizeof(value));
		outcome_knob(o, key, below(r, 4) ? value : NULL);
	}
}

static void outcome_draw(struct random *r, struct outcome *o)
{
	int i;

	outcome_init(o);
	o->status = (enum trial_status)below(r, TRIAL_FAILED + 1);
	if (o->status != TRIAL_OK)
		text(r, o->reason, sizeof(o->reason));
	o->generator.sent = number(r);
	o->generator.achieved_pps = number(r);
	o->gaps.p99 = counter(r);
	o->schedule.scv = counter(r);
	o->capture.received = counter(r);
	o->capture.unique = number(r);
	o->capture.truncated = number(r);
	o->capture.own_dropped = counter(r);
	o->work.flows = counter(r);
	o->nic.wire = counter(r);
	o->nic.first_drop = counter(r);
	o->irq.polls = counter(r);
	o->cpu.busy_ns = counter(r);
	o->cpu.dut_share = share(r);
	o->latency.n = number(r);
	o->latency.mean = number(r);
	for (i = 0; i < DROP_PLACES; i++)
		o->drops[i] = counter(r);
	for (i = 0; i < 20; i++)
		o->latency.bucket[below(r, HISTOGRAM_BUCKETS)] = (uint32_t)number(r);
	draw_optional(r, o);
	draw_knobs(r, o);
}

static bool same_counter(struct counter a, struct counter b)
{
	return a.known == b.known && (!a.known || a.value == b.value);
}

/* What the text alone would not show: that a number came back into its own place. */
static void assert_same(const struct outcome *a, const struct outcome *b)
{
	uint32_t i;

	assert_int_equal(a->status, b->status);
	assert_string_equal(a->reason, b->reason);
	assert_true(a->generator.sent == b->generator.sent && a->capture.unique == b->capture.unique);
	assert_true(same_counter(a->gaps.p99, b->gaps.p99) && same_counter(a->schedule.scv, b->schedule.scv));
	assert_true(same_counter(a->nic.wire, b->nic.wire) && same_counter(a->irq.polls, b->irq.polls));
	for (i = 0; i < DROP_PLACES; i++)
		assert_true(same_counter(a->drops[i], b->drops[i]));
	assert_memory_equal(a->latency.bucket, b->latency.bucket, sizeof(a->latency.bucket));
	assert_true(fabs(a->cpu.dut_share - b->cpu.dut_share) == 0);
	assert_int_equal(a->n_knobs, b->n_knobs);
	for (i = 0; i < a->n_knobs; i++) {
		assert_string_equal(a->knobs[i].key, b->knobs[i].key);
		assert_string_equal(a->knobs[i].value, b->knobs[i].value);
	}
}

static void outcomes_are_written_and_read_back(void **state)
{
	static struct outcome o, back;
	struct err e = { "" };
	char *line, *again;
	struct random r;
	uint64_t i;

	(void)state;
	for (i = 0; i < OUTCOMES; i++) {
		random_init(&r, 2, i);
		outcome_draw(&r, &o);
		line = outcome_encode(&o);
		assert_non_null(line);
		assert_null(strchr(line, '\n'));
		if (outcome_decode(&back, line, &e))
			fail_msg("outcome %llu: %s: %s", (unsigned long long)i, line, e.text);
		assert_same(&o, &back);
		again = outcome_encode(&back);
		assert_string_equal(line, again);
		free(line);
		free(again);
		outcome_free(&o);
		outcome_free(&back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trials_print_and_read_back),
		cmocka_unit_test(outcomes_are_written_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
