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

#include "capture-impls/capture.h"
#include "generators/frame.h"
#include "generators/generator.h"
#include "harness/dut/undo.h"
#include "harness/trial/trial_run.h"

#define FRAMES 150
#define BYTES (64 - FCS_BYTES)

/* What happened, in order; where it is to fail; what was taken and given back. */
static char story[512];
static const char *failing = "";
static int enters, enter_fails_at;
static int opened, closed, armed, disarmed, altered, put_back;
static atomic_int sent; /* frames that the capture may find */

static int step(const char *name, struct err *e)
{
	strcat(strcat(story, name), " ");
	return strcmp(name, failing) ? 0 : err_set(e, -EIO, "%s failed", name);
}

/* The capture: delivers the frames that were sent. */
struct fake {
	uint32_t depth; /* parameter */
	int done;
	uint8_t frame[FRAME_ROOM];
};

static const struct capture_param params[] = {
	{ "depth", PARAM_U32, offsetof(struct fake, depth), "4", 1, 64, "frames" },
	{ 0 },
};

static int fake_probe(struct err *why)
{
	return step("probe", why);
}

static int put_it_back(const char *target, const char *value, struct err *e)
{
	(void)e;
	assert_string_equal(target, "knob");
	assert_string_equal(value, "before");
	put_back++;
	return 0;
}

static int fake_open(struct capture *c)
{
	struct fake *f = c->priv;

	opened++;
	frame_build(f->frame, BYTES, 0, (uint8_t[6]) { 2, 0, 0, 0, 0, 1 }, (uint8_t[6]) { 2, 0, 0, 0, 0, 9 });
	altered += !undo_push(c->undo, put_it_back, "knob", "before");
	outcome_knob(c->outcome, "knob", "after");
	return step("open", &c->err);
}

static int fake_poll(struct capture *c, int budget)
{
	struct fake *f = c->priv;
	int n;

	if (!strcmp(failing, "poll") && atomic_load(&sent))
		return err_set(&c->err, -EIO, "poll failed");
	for (n = 0; n < budget && f->done < atomic_load(&sent); n++) {
		frame_number(f->frame, (uint32_t)++f->done, frame_stamp(clock_realtime_ns()));
		sink_packet(c->sink, f->frame, BYTES, BYTES);
	}
	c->polls.all++;
	return n;
}

static int fake_wait(struct capture *c, uint64_t timeout_ns)
{
	(void)c, (void)timeout_ns;
	usleep(100);
	return 0;
}

static int fake_counts(struct capture *c, struct capture_counts *counts)
{
	struct fake *f = c->priv;

	counts->received = counter_of((uint64_t)f->done);
	counts->dropped = counter_of(3);
	counts->left = counter_of((uint64_t)(atomic_load(&sent) - f->done));
	return step("counts", &c->err);
}

static void fake_close(struct capture *c)
{
	(void)c;
	closed++;
	step("close", NULL);
}

static const struct capture_ops fake_capture = {
	.name = "fake",
	.summary = "delivers what the other one sends",
	.priv_size = sizeof(struct fake),
	.params = params,
	.probe = fake_probe,
	.open = fake_open,
	.poll = fake_poll,
	.wait = fake_wait,
	.counts = fake_counts,
	.close = fake_close,
};
extern const struct capture_ops capture_null;
const struct capture_ops *const captures[] = { &fake_capture, &capture_null, NULL };

/* The generator. */
static int fake_arm(struct generator *g)
{
	armed++;
	return step("arm", &g->err);
}

static int fake_fire(struct generator *g)
{
	int r = step("fire", &g->err);

	if (r)
		return r;
	g->starting(g->starting_arg);
	atomic_store(&sent, (int)g->sends);
	return 0;
}

static int fake_generator_wait(struct generator *g, uint64_t timeout_ns)
{
	assert_true(timeout_ns > 5000000000ULL);
	return step("wait", &g->err);
}

static int fake_stop(struct generator *g)
{
	return step("stop", &g->err);
}

static int fake_report(struct generator *g, struct outcome *o)
{
	o->generator.sent = g->sends;
	return step("report", &g->err);
}

static void fake_disarm(struct generator *g)
{
	(void)g;
	disarmed++;
	step("disarm", NULL);
}

static const struct generator_ops fake_generator = {
	.name = "fake",
	.arm = fake_arm,
	.fire = fake_fire,
	.wait = fake_generator_wait,
	.stop = fake_stop,
	.report = fake_report,
	.disarm = fake_disarm,
};
extern const struct generator_ops generator_null;

const struct generator_ops *generator_find(const char *name)
{
	return !strcmp(name, "fake") ? &fake_generator : !strcmp(name, "null") ? &generator_null : NULL;
}

uint64_t generator_setting(const struct trial *t, const char *name)
{
	(void)t, (void)name;
	return 0;
}

bool generator_repeats(const struct trial *t)
{
	(void)t;
	return false;
}

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

static uint64_t sink_had;

static void look_at_sink(const struct sink *s)
{
	sink_had = sink_progress(s);
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

/* In any case: what was opened is closed, what was armed disarmed, what was altered put back. */
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
	assert_string_equal(o.knobs[0].key, "knob");
	assert_string_equal(o.knobs[0].value, "after");
	assert_false(o.cpu.reader.user_ns.known); /* time of a CPU says something on a wall clock only */
	assert_null(o.meters);
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

/* Whichever step fails, once: the record says which, and all is given back. */
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
		drop(state);
	}
}

/* Going to the senders and back, at each time that it is done. */
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
		TEST(nothing_at_all),
		TEST(in_the_order_of_time),
		TEST(a_wall_clock_has_meters),
		TEST(every_step_may_fail),
		TEST(every_change_of_sides_may_fail),
		TEST(names_that_nobody_has),
		TEST(settings_that_mean_nothing),
		TEST(a_cpu_that_is_not_there),
		TEST(injected_faults_of_sender_and_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
