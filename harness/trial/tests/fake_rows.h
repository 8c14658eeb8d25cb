/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture and a generator that note what is asked of them, fail where they are told to, and hand frames from one to the
 * other; with the null rows they are the tables of the program. Include once, behind cmocka.h.
 */
#ifndef RXLAB_TEST_FAKE_ROWS_H
#define RXLAB_TEST_FAKE_ROWS_H

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "generators/frame.h"
#include "generators/generator.h"
#include "harness/dut/undo.h"

#define FRAMES 150
#define BYTES (64 - FCS_BYTES)

/* What happened, in order; where it shall fail; what was acquired and released. */
static char story[512];
static const char *failing = "";
static int opened, closed, armed, disarmed, altered, put_back;
static atomic_int sent; /* frames that the capture may find */

static int step(const char *name, struct err *e)
{
	if (strlen(story) + strlen(name) + 2 < sizeof(story))
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

/* A set over it that adapts. */
static int adapts_open(struct capture *c)
{
	opened++;
	altered += !undo_push(c->undo, put_it_back, "knob", "before");
	return step("adapt", &c->err);
}

static void adapts_close(struct capture *c)
{
	closed++;
	outcome_knob(c->outcome, "knob", NULL);
}

static const struct knob_value adapts_knobs[] = { { 0 } };

static const struct capture_param adapts_params[] = {
	{ "room", PARAM_U32, 0, "4", 1, 64, "frames" },
	{ 0 },
};

static const struct capture_ops fake_adapts = {
	.name = "adapts",
	.summary = "looks at what the other one delivers",
	.priv_size = sizeof(uint32_t),
	.params = adapts_params,
	.base = "fake",
	.knobs = adapts_knobs,
	.open = adapts_open,
	.close = adapts_close,
};
extern const struct capture_ops capture_null;
const struct capture_ops *const captures[] = { &fake_capture, &fake_adapts, &capture_null, NULL };

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

double generator_rate(const struct trial *t)
{
	return (double)t->rate_pps;
}

bool generator_repeats(const struct trial *t)
{
	(void)t;
	return false;
}

#endif
