// SPDX-License-Identifier: GPL-2.0-or-later
/* trial_run() is the story of a trial, in time order; everything below it serves it. Read it first, at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/dut/knobs.h"
#include "harness/meters/meter.h"
#include "harness/meters/wall.h"
#include "harness/trial/fault.h"
#include "harness/trial/ground.h"
#include "harness/trial/reader.h"
#include "harness/trial/trial_run.h"
#include "harness/dut/undo.h"
#include "harness/util/netif.h"

#define DRAIN_QUIET_NS 10000000ULL /* nothing new for this long, and the longest hold of the capture: drained */
#define SEND_MARGIN_NS 5000000000ULL
#define SLOWEST_PPS 1000 /* when unpaced: slower than any sender */

struct bench {
	const struct trial *t;
	const struct site *site;
	struct outcome *o;
	struct sink sink;
	struct undo undo;
	struct capture capture;
	struct generator generator;
	struct reader reader;
	struct fault fault;
	uint16_t *lengths; /* the sink's */
	uint32_t *flows; /* the sink's */
	struct readings before, after;
	struct wall wall;
	struct capture_polls polls_fired, polls_drained;
	uint64_t fired_ns;
	struct err err;
};

/* The generator calls it right before frames may leave, perhaps more than once: the last one counts. */
static void fired(void *arg)
{
	struct bench *b = arg;

	b->fired_ns = clock_now_ns();
	b->polls_fired = b->capture.polls;
	b->site->mark(MARK_FIRE);
}

/* The generator's hooks run where the senders are. */
static int visit_senders(struct bench *b)
{
	return b->site->enter ? b->site->enter(SIDE_SENDERS, &b->err) : 0;
}

static int leave_senders(struct bench *b)
{
	return b->site->enter ? b->site->enter(SIDE_DUT, &b->err) : 0;
}

static void verify_up(struct bench *b)
{
	const struct generator_place *p = &b->site->senders;
	struct verify v = { .flows = generator_setting(b->t, "flows") ?: 1 };
	uint32_t k;

	memcpy(v.dst_mac, p->dst_mac, sizeof(v.dst_mac));
	visit_senders(b);
	for (k = 0; k < p->senders; k++)
		netif_mac(p->ifname[k], v.src_mac[k]);
	leave_senders(b);
	sink_verify(&b->sink, &v);
}

static int lengths_up(struct bench *b)
{
	const struct generator_ops *ops = generator_find(b->t->generator);
	uint32_t n;
	int r;

	if (!ops || !ops->lengths)
		return 0;
	r = ops->lengths(b->t, &b->lengths, &n, &b->err);
	if (!r)
		sink_lengths(&b->sink, b->lengths, n);
	return r;
}

static int flows_up(struct bench *b)
{
	const struct generator_ops *ops = generator_find(b->t->generator);
	struct sink_flows f = { .n = 1 };
	int r = 0;

	if (!ops)
		return 0;
	if (ops->flows)
		r = ops->flows(b->t, &f, &b->err);
	else
		f.n = generator_setting(b->t, "flows") ?: 1;
	b->flows = (uint32_t *)f.of;
	return r ? r : sink_flows(&b->sink, &f, &b->err);
}

static int sink_up(struct bench *b)
{
	const struct capture_ops *ops = capture_find(b->t->capture);
	struct work_setting work = { .kind = WORK_COUNT };
	struct clock_map clock;
	int r = sink_init(&b->sink, b->t->frame_bytes, b->t->count, b->t->senders, &b->err);

	if (!r && ops && !capture_works_itself(ops, b->t))
		r = work_of_trial(&work, b->t, &b->err);
	r = r ? r : lengths_up(b);
	r = r ? r : flows_up(b);
	r = r ? r : sink_work(&b->sink, &work, &b->err);
	if (!r && verify_wanted(b->t))
		verify_up(b);
	clock = b->site->clock;
	clock_map_end(&clock);
	sink_clock(&b->sink, &clock);
	return r;
}

static enum metering metering(const struct bench *b)
{
	return !b->site->wall ? METERING_NONE : perf_wanted(b->t) ? METERING_PERF : METERING_SCHED;
}

static int capture_up(struct bench *b)
{
	const struct capture_ops *ops = capture_find(b->t->capture);
	struct reader_setup setup = {
		.cpu = b->site->reader_cpu[b->t->reader_cpu],
		.fault = &b->fault,
		.metering = metering(b),
	};
	int r;

	if (!ops)
		return err_set(&b->err, -ENOENT, "no capture is called %s", b->t->capture);
	ops = capture_lowest(ops, b->t);
	r = reader_spin(&setup.spin_ns, b->t, &b->err);
	if (r)
		return r;
	r = ops->probe ? ops->probe(&b->err) : 0;
	if (r)
		return r;
	r = capture_new(&b->capture, ops, b->t, b->site->dut, &b->sink, &b->undo, b->o);
	if (r)
		return err_set(&b->err, r, "%s", b->capture.err.text);
	return reader_start(&b->reader, &b->capture, &setup, &b->err);
}

static int generator_up(struct bench *b)
{
	const struct generator_ops *ops = generator_find(b->t->generator);
	int r;

	if (!ops)
		return err_set(&b->err, -ENOENT, "no generator is called %s", b->t->generator);
	b->generator = (struct generator) {
		.ops = ops,
		.trial = b->t,
		.place = &b->site->senders,
		.sends = fault_sends(&b->fault, b->t->count),
		.starting = fired,
		.starting_arg = b,
		.metering = b->site->wall ? METERING_SCHED : METERING_NONE,
	};
	r = visit_senders(b);
	r = r || !ops->probe ? r : ops->probe(&b->err);
	r = r ? r : ops->arm(&b->generator);
	if (r)
		err_set(&b->err, r, "%s", b->generator.err.text);
	return leave_senders(b) ?: r;
}

static int send_all(struct bench *b)
{
	const struct generator_ops *ops = b->generator.ops;
	double pps = b->t->rate_pps ? generator_rate(b->t) : SLOWEST_PPS;
	int r = fault_stop(&b->fault, b->site->dut, &b->undo, b->o, &b->err);

	if (r)
		return r;
	r = visit_senders(b);
	r = r ? r : ops->fire(&b->generator);
	if (!r)
		r = ops->wait(&b->generator, (uint64_t)((double)b->t->count * 2e9 / pps) + SEND_MARGIN_NS);
	ops->stop(&b->generator);
	if (r)
		err_set(&b->err, r, "%s", b->generator.err.text);
	r = leave_senders(b) ?: r;
	fault_let_go(&b->fault);
	atomic_store(&b->reader.stalled, 0);
	return r;
}

/* Sleeps until the reader has seen nothing new for as long as the capture may hold a frame. */
static void drain(struct bench *b)
{
	uint64_t seen;

	do {
		seen = sink_progress(&b->sink);
		usleep((DRAIN_QUIET_NS + b->capture.hold_ns) / 1000);
	} while (seen != sink_progress(&b->sink));
}

static int tell_meters(struct bench *b)
{
	const struct wall_thread threads[] = {
		{ "reader", &b->reader.metered },
		{ "sender0", &b->generator.metered[0] },
		{ "sender1", &b->generator.metered[1] },
	};

	b->o->meters = wall_json(&b->wall, threads, 1 + b->t->senders);
	return b->o->meters ? 0 : err_set(&b->err, -ENOMEM, "out of memory");
}

static void tell_polls(struct bench *b)
{
	const struct capture_polls *from = &b->polls_fired, *to = &b->polls_drained;
	struct poll_counts *p = &b->o->capture.polls;

	if (!to->all)
		return;
	p->all = counter_of(to->all - from->all);
	p->empty = counter_of(to->empty - from->empty);
	/* Where the CPU is not alone with the poll, the least time is no cost. */
	if (to->empty_ns && !b->site->wall)
		p->empty_ns = counter_of(to->empty_ns);
}

static void tell_counts(struct bench *b)
{
	const struct capture_counts *c = &b->reader.counts;
	struct outcome *o = b->o;

	o->capture.own_received = c->received;
	o->capture.own_dropped = c->dropped;
	o->capture.own_if_dropped = c->if_dropped;
	o->drops[DROP_CAPTURE] = c->dropped;
	o->drops[DROP_CONSUMER] = c->left;
	o->drops[DROP_FILTER] = c->filtered;
	o->drops[DROP_SOFTNET] = meters_diff(&b->after, &b->before, METER_SOFTNET_DROPPED);
	o->irq.hard = meters_diff(&b->after, &b->before, METER_IRQ_HARD);
	o->nic.driver = meters_diff(&b->after, &b->before, METER_NIC_RX);
	if (b->site->wall)
		o->cpu.reader = b->reader.used;
	tell_polls(b);
	sink_fill(&b->sink, o);
	if (capture_works_itself(b->capture.ops, b->t))
		o->work = c->work;
	/* Where the kernel itself consumes, or frames repeat their numbers, there is nothing to check. */
	if (capture_kernel_consumes(b->capture.ops, b->t))
		o->capture.received = c->received;
	o->capture.unchecked = capture_kernel_consumes(b->capture.ops, b->t) || generator_repeats(b->t);
}

static int report(struct bench *b)
{
	int r = visit_senders(b);

	r = r ? r : b->generator.ops->report(&b->generator, b->o);
	if (r)
		err_set(&b->err, r, "%s", b->generator.err.text);
	r = leave_senders(b) ?: r;
	if (r)
		return r;
	tell_counts(b);
	knobs_read(b->site->dut, b->o);
	return b->site->wall ? tell_meters(b) : 0;
}

static void tear_down(struct bench *b)
{
	atomic_store(&b->reader.stalled, 0);
	fault_free(&b->fault);
	visit_senders(b);
	if (b->generator.ops && b->generator.ops->disarm)
		b->generator.ops->disarm(&b->generator);
	leave_senders(b);
	reader_stop(&b->reader, &b->err);
	capture_free(&b->capture);
	undo_all(&b->undo, &b->err);
	wall_free(&b->wall);
	sink_free(&b->sink);
	free(b->lengths);
	free(b->flows);
}

/* From the first frame to the last, and what was there before and behind them. */
static int measure(struct bench *b)
{
	int r;

	meters_read(b->site->dut, &b->before);
	r = send_all(b);
	drain(b);
	b->site->mark(MARK_DRAINED);
	b->polls_drained = b->capture.polls;
	b->o->cpu.total_ns = counter_of(clock_now_ns() - b->fired_ns);
	meters_read(b->site->dut, &b->after);
	if (!r && b->site->wall)
		wall_end(&b->wall);
	return r;
}

void trial_run(const struct trial *t, const struct site *site, struct outcome *o)
{
	struct bench *b = calloc(1, sizeof(*b));
	int r;

	if (!b) {
		outcome_fail(o, TRIAL_FAILED, "no memory");
		return;
	}
	b->t = t;
	b->site = site;
	b->o = o;
	b->undo.journaled = site->journaled;
	r = fault_of_trial(&b->fault, t, &b->err);
	if (!r)
		r = sink_up(b);
	if (!r)
		r = ground_set(site, t, &b->undo, o, &b->err);
	if (!r)
		r = fault_hooks(&b->fault, site->dut, &site->senders, &b->undo, o, &b->err);
	if (!r)
		r = generator_up(b);
	if (!r)
		r = capture_up(b);
	if (!r)
		r = fault_socket(&b->fault, &b->err);
	if (!r && site->wall)
		r = wall_begin(&b->wall, perf_wanted(t), &b->err);
	if (!r)
		r = measure(b);
	if (!r)
		r = reader_stop(&b->reader, &b->err);
	if (!r)
		r = report(b);
	if (!r && site->report_sink)
		site->report_sink(&b->sink);
	tear_down(b);
	if (r || b->err.text[0])
		outcome_fail(o, TRIAL_FAILED, "%s", b->err.text);
	free(b);
}
