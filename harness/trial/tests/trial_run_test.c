// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The story of a trial without a testbed: a site that is nothing but this process, the null rows, and a capture and a
 * generator that note what is asked of them and fail where they are told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/trial/tests/fake_rows.h"
#include "harness/trial/trial_run.h"

static int enters, enter_fails_at;

/* The site. */
static enum side side;

static int enter(enum side to, struct err *e)
{
	side = to;
	return ++enters == enter_fails_at ? err_set(e, -EPERM, "enter failed") : 0;
}

static void note_mark(unsigned int k)
{
	step(k == MARK_FIRE ? "FIRE" : "DRAINED", NULL);
}

static void look_at_sink(const struct sink *s)
{
	assert_int_equal(s->n_streams, 1);
	step("sink", NULL);
}

static struct site site = {
	.dut = "lo",
	.enter = enter,
	.senders = { .senders = 1, .ifname = { "lo", "lo" } },
	.report_sink = look_at_sink,
	.mark = note_mark,
};

static struct trial t;
static struct outcome o;

static int anew(void **state)
{
	(void)state;
	story[0] = '\0';
	failing = "";
	enters = enter_fails_at = opened = closed = armed = disarmed = altered = put_back = 0;
	atomic_store(&sent, 0);
	side = SIDE_DUT;
	site.wall = false;
	site.reader_cpu[1] = (uint32_t)sched_getcpu();
	clock_map_begin(&site.clock);
	trial_init(&t);
	strcpy(t.capture, "fake");
	strcpy(t.generator, "fake");
	t.count = FRAMES;
	outcome_init(&o);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	outcome_free(&o);
	return 0;
}

/* Always: everything opened is closed, armed is disarmed, altered is undone. */
static void run(void)
{
	trial_run(&t, &site, &o);
	assert_int_equal(side, SIDE_DUT);
	assert_true(disarmed >= armed);
	assert_int_equal(altered, put_back);
	assert_true(closed >= opened);
}

static void fails_with(const char *why)
{
	run();
	assert_int_equal(o.status, TRIAL_FAILED);
	if (!strstr(o.reason, why))
		assert_string_equal(o.reason, why);
}

static void nothing_at_all(void **state)
{
	(void)state;
	strcpy(t.capture, "null");
	strcpy(t.generator, "null");
	run();
	assert_string_equal(o.reason, "");
	assert_int_equal(o.status, TRIAL_OK);
	assert_int_equal(o.generator.sent, 0);
	assert_true(o.capture.received.known);
	assert_int_equal(o.capture.unchecked, 1);
	assert_int_equal(o.capture.unique, 0);
	assert_true(o.cpu.total_ns.value >= 10000000); /* it waited for frames to come */
	assert_string_equal(story, "FIRE DRAINED sink ");
}

static const char *told(const char *key)
{
	uint32_t i;

	for (i = 0; i < o.n_knobs; i++)
		if (!strcmp(o.knobs[i].key, key))
			return o.knobs[i].value;
	return "";
}

static void in_the_order_of_time(void **state)
{
	(void)state;
	run();
	assert_string_equal(o.reason, "");
	assert_int_equal(o.status, TRIAL_OK);
	assert_string_equal(story, "arm probe open fire FIRE wait stop DRAINED counts report sink disarm close ");
	assert_int_equal(opened + closed + altered, 3);
	assert_int_equal(o.generator.sent, FRAMES);
	assert_int_equal(o.capture.unique, FRAMES);
	assert_int_equal(o.capture.received.value, FRAMES);
	assert_int_equal(o.latency.n, FRAMES);
	assert_int_equal(o.drops[DROP_CAPTURE].value, 3);
	assert_int_equal(o.drops[DROP_CONSUMER].value, 0);
	assert_true(o.capture.polls.all.known && o.capture.polls.all.value >= FRAMES / 64);
	assert_string_equal(told("gro"), "0"); /* the ground of every trial */
	assert_string_equal(told("knob"), "after");
	assert_false(o.cpu.reader.user_ns.known); /* time of a CPU says something on a wall clock only */
	assert_null(o.meters);
}

/* Opened behind its base, closed in front of it; whatever fails, what it altered is put back. */
static void a_set_that_adapts(void **state)
{
	(void)state;
	strcpy(t.capture, "adapts");
	run();
	assert_string_equal(o.reason, "");
	assert_non_null(strstr(story, "probe open adapt fire"));
	assert_int_equal(opened, 2);
	assert_int_equal(closed, 2);
	assert_int_equal(o.capture.unique, FRAMES);
	assert_string_equal(told("base"), "fake");
	assert_string_equal(told("knob"), "");
	anew(NULL);
	strcpy(t.capture, "adapts");
	failing = "adapt";
	fails_with("adapt failed");
	anew(NULL);
	strcpy(t.capture, "adapts");
	assert_int_equal(trial_set(&t, "room", "65", NULL), 0);
	fails_with("adapts: room=65: must be a whole number from 1 to 64");
}

static void a_wall_clock_has_meters(void **state)
{
	(void)state;
	site.wall = true;
	assert_int_equal(trial_set(&t, "perf", "off", NULL), 0);
	assert_int_equal(trial_set(&t, "spin_usecs", "100", NULL), 0);
	run();
	assert_int_equal(o.status, TRIAL_OK);
	assert_int_equal(o.capture.unique, FRAMES);
	assert_true(o.cpu.reader.user_ns.known && o.cpu.reader.system_ns.known);
	assert_non_null(o.meters);
	assert_non_null(json_object_get(json_object_get(o.meters, "threads"), "reader"));
	assert_false(o.capture.polls.empty_ns.known);
}

/* Each step fails once: the record says which, and everything is released. */
static void every_step_may_fail(void **state)
{
	static const char *const steps[] = { "arm", "probe", "open", "fire", "wait", "poll", "counts", "report" };
	char why[32];
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("%s\n", steps[i]);
		anew(state);
		failing = steps[i];
		snprintf(why, sizeof(why), "%s failed", steps[i]);
		fails_with(why);
		assert_int_equal(armed, 1);
		assert_null(strstr(story, "sink"));
		assert_true(!strstr(story, "report") || !strcmp(steps[i], "report")); /* nothing is told of it */
		drop(state);
	}
}

/* Switching to the senders' namespace and back, each time that happens. */
static void every_change_of_sides_may_fail(void **state)
{
	int n, all;

	run();
	all = enters;
	assert_true(all >= 8);
	for (n = 1; n <= all; n++) {
		print_message("change %d\n", n);
		drop(state);
		anew(state);
		enter_fails_at = n;
		fails_with("enter failed");
	}
}

static void names_that_nobody_has(void **state)
{
	(void)state;
	strcpy(t.generator, "nosuch");
	fails_with("no generator is called nosuch");
	drop(state);
	anew(state);
	strcpy(t.capture, "nosuch");
	fails_with("no capture is called nosuch");
}

static void settings_that_mean_nothing(void **state)
{
	static const char *const wrong[][3] = {
		{ "depth", "65", "depth" },
		{ "spin_usecs", "1000001", "must be a whole number from 0 to 1000000" },
		{ "spin_usecs", "soon", "must be a whole number" },
		{ "fault", "nosuch", "no fault that can be injected" },
		{ "work", "nosuch", "work" },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		print_message("%s=%s\n", wrong[i][0], wrong[i][1]);
		anew(state);
		assert_int_equal(trial_set(&t, wrong[i][0], wrong[i][1], NULL), 0);
		fails_with(wrong[i][2]);
		assert_int_equal(opened, 0);
		drop(state);
	}
}

static void a_cpu_that_is_not_there(void **state)
{
	(void)state;
	site.reader_cpu[1] = CPU_SETSIZE - 1;
	fails_with("reader: cannot run on CPU 1023");
	assert_int_equal(opened, 0);
}

static void fault(const char *text, uint64_t sent_frames, uint64_t unique)
{
	anew(NULL);
	assert_int_equal(trial_set(&t, "fault", text, NULL), 0);
	run();
	assert_string_equal(o.reason, "");
	assert_int_equal(o.generator.sent, sent_frames);
	assert_int_equal(o.capture.unique, unique);
	assert_int_equal(o.drops[DROP_CONSUMER].value, sent_frames - unique);
	drop(NULL);
}

static void injected_faults_of_sender_and_reader(void **state)
{
	fault("unsent:101-150", 100, 100);
	fault("stall", FRAMES, FRAMES);
	fault("leave:70", FRAMES, 70);
	anew(state);
	assert_int_equal(trial_set(&t, "fault", "filter:1-2", NULL), 0);
	fails_with("the capture has no packet socket");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, anew, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_at_all),	       TEST(in_the_order_of_time),
		TEST(a_set_that_adapts),       TEST(a_wall_clock_has_meters),
		TEST(every_step_may_fail),     TEST(every_change_of_sides_may_fail),
		TEST(names_that_nobody_has),   TEST(settings_that_mean_nothing),
		TEST(a_cpu_that_is_not_there), TEST(injected_faults_of_sender_and_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
