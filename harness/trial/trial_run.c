// SPDX-License-Identifier: GPL-2.0-or-later
/* trial_run() is the story of a trial, in time order; everything below it serves it. Read it first, at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/dut/knobs.h"
#include "harness/dut/queues.h"
#include "harness/meters/meter.h"
#include "harness/meters/wall.h"
#include "harness/trial/consumers.h"
#include "harness/trial/fault.h"
#include "harness/trial/ground.h"
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
	struct queues queues;
	struct undo undo;
	struct generator generator;
	struct consumers consumers;
	struct fault fault;
	uint16_t *lengths; /* the sinks' */
	uint32_t n_lengths;
	struct sink_flows flows; /* the sinks'; flows.of is to be freed */
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
	b->polls_fired = b->consumers.one[0].capture.polls;
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

static void verify_up(struct bench *b, struct sink *sink)
{
	const struct generator_place *p = &b->site->senders;
	struct verify v = { .flows = generator_setting(b->t, "flows") ?: 1 };
	uint32_t k;

	memcpy(v.dst_mac, p->dst_mac, sizeof(v.dst_mac));
	visit_senders(b);
	for (k = 0; k < p->senders; k++)
		netif_mac(p->ifname[k], v.src_mac[k]);
	leave_senders(b);
	sink_verify(sink, &v);
}

static int lengths_up(struct bench *b)
{
	const struct generator_ops *ops = generator_find(b->t->generator);

	return ops && ops->lengths ? ops->lengths(b->t, &b->lengths, &b->n_lengths, &b->err) : 0;
}

static int flows_up(struct bench *b)
{
	const struct generator_ops *ops = generator_find(b->t->generator);

	b->flows = (struct sink_flows) { .n = 1 };
	if (ops && ops->flows)
		return ops->flows(b->t, &b->flows, &b->err);
	if (ops)
		b->flows.n = generator_setting(b->t, "flows") ?: 1;
	return 0;
}

static int sink_up(struct bench *b, struct sink *sink, const struct work_setting *work)
{
	int r = sink_init(sink, b->t->frame_bytes, b->t->count, b->t->senders, &b->err);

	if (!r && b->lengths)
		sink_lengths(sink, b->lengths, b->n_lengths);
	if (!r && b->t->mix.n)
		r = sink_mix(sink, &b->t->mix, &b->err);
	r = r ? r : sink_flows(sink, &b->flows, &b->err);
	r = r ? r : sink_work(sink, work, &b->err);
	if (!r && verify_wanted(b->t))
		verify_up(b, sink);
	return r;
}

/* As many as there will be readers: each CPU that takes interrupts has one, if the capture has a ring for each. */
static int sinks_up(struct bench *b)
{
	const struct capture_ops *ops = capture_find(b->t->capture);
	uint32_t cpus = b->t->reader_cpu == 1 ? b->site->interrupt_cpus : 1, k;
	struct work_setting work = { .kind = WORK_COUNT };
	struct clock_map clock;
	int r = 0;

	if (ops && !capture_works_itself(ops, b->t))
		r = work_of_trial(&work, b->t, &b->err);
	r = r ? r : lengths_up(b);
	r = r ? r : flows_up(b);
	b->consumers.n = ops && cpus > 1 ? capture_readers(ops, b->t, cpus) : 1;
	for (k = 0; k < b->consumers.n && !r; k++)
		r = sink_up(b, &b->consumers.one[k].sink, &work);
	clock = b->site->clock;
	clock_map_end(&clock);
	for (k = 0; k < b->consumers.n; k++)
		sink_clock(&b->consumers.one[k].sink, &clock);
	return r;
}

static int queues_up(struct bench *b)
{
	int r = queues_of_trial(&b->queues, b->t, &b->err);

	return r || !queues_asked(b->t) ? r : queues_set(&b->queues, b->site->dut, &b->undo, b->o, &b->err);
}

static enum metering metering(const struct bench *b)
{
	return !b->site->wall ? METERING_NONE : perf_wanted(b->t) ? METERING_PERF : METERING_SCHED;
}

static int capture_up(struct bench *b)
{
	const struct capture_ops *ops = capture_find(b->t->capture), *adapts;
	struct consumer_place place;
	struct reader_setup setup = {
		.cpu = b->site->reader_cpu[b->t->reader_cpu],
		.fault = &b->fault,
		.metering = metering(b),
	};
	int r;

	if (!ops)
		return err_set(&b->err, -ENOENT, "no capture is called %s", b->t->capture);
	adapts = capture_adapts(ops, b->t);
	ops = capture_lowest(ops, b->t);
	place = (struct consumer_place) { ops, adapts, b->t, b->site->dut, &b->undo, b->o };
	r = reader_spin(&setup.spin_ns, b->t, &b->err);
	if (r)
		return r;
	r = ops->probe ? ops->probe(&b->err) : 0;
	return r ? r : consumers_start(&b->consumers, &place, &setup, &b->err);
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
	consumers_let_go(&b->consumers);
	return r;
}

/* Sleeps until the reader has seen nothing new for as long as the capture may hold a frame. */
static void drain(struct bench *b)
{
	uint64_t seen;

	do {
		seen = consumers_progress(&b->consumers);
		usleep((DRAIN_QUIET_NS + consumers_hold_ns(&b->consumers)) / 1000);
	} while (seen != consumers_progress(&b->consumers));
}

static int tell_meters(struct bench *b)
{
	const struct wall_thread threads[] = {
		{ "reader", &b->consumers.one[0].reader.metered },
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

/* By CPU, where several take them; the reader's own CPU takes none. */
static void tell_interrupts(struct bench *b)
{
	struct outcome *o = b->o;
	uint32_t k;

	if (b->site->interrupt_cpus < 2)
		return;
	o->cpu.n_each = b->site->reader_cpu[2] - b->site->reader_cpu[1] + (b->t->reader_cpu == 2);
	for (k = 0; k < o->cpu.n_each; k++)
		o->cpu.each[k].interrupts = counter_diff(b->after.each[k], b->before.each[k]);
}

static void tell_counts(struct bench *b)
{
	const struct capture_counts counts = consumers_counts(&b->consumers), *c = &counts;
	const struct capture_ops *ops = b->consumers.one[0].capture.ops;
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
		o->cpu.reader = b->consumers.one[0].reader.used;
	tell_polls(b);
	tell_interrupts(b);
	sink_fill(&b->consumers.one[0].sink, o);
	if (capture_works_itself(ops, b->t))
		o->work = c->work;
	/* Where the kernel itself consumes, or frames repeat their numbers, there is nothing to check. */
	if (capture_kernel_consumes(ops, b->t)) {
		o->capture.received = c->received;
		memset(o->sizes.received, 0, sizeof(o->sizes.received));
	}
	o->capture.unchecked = capture_kernel_consumes(ops, b->t) || generator_repeats(b->t);
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
	consumers_let_go(&b->consumers);
	fault_free(&b->fault);
	visit_senders(b);
	if (b->generator.ops && b->generator.ops->disarm)
		b->generator.ops->disarm(&b->generator);
	leave_senders(b);
	consumers_stop(&b->consumers, &b->err);
	consumers_free(&b->consumers);
	undo_all(&b->undo, &b->err);
	wall_free(&b->wall);
	free(b->lengths);
	free((void *)b->flows.of);
}

/* From the meters' first reading to their second. */
static int measure(struct bench *b)
{
	const struct site *site = b->site;
	int r;

	meters_read(site->dut, site->reader_cpu[1], site->interrupt_cpus, &b->before);
	r = send_all(b);
	drain(b);
	site->mark(MARK_DRAINED);
	b->polls_drained = b->consumers.one[0].capture.polls;
	b->o->cpu.total_ns = counter_of(clock_now_ns() - b->fired_ns);
	meters_read(site->dut, site->reader_cpu[1], site->interrupt_cpus, &b->after);
	if (!r && site->wall)
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
		r = sinks_up(b);
	if (!r)
		r = ground_set(site, t, &b->undo, o, &b->err);
	if (!r)
		r = fault_hooks(&b->fault, site->dut, &site->senders, &b->undo, o, &b->err);
	if (!r)
		r = queues_up(b);
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
		r = consumers_stop(&b->consumers, &b->err);
	if (!r)
		consumers_merge(&b->consumers);
	if (!r)
		r = report(b);
	if (!r && site->report_sink)
		site->report_sink(&b->consumers.one[0].sink);
	tear_down(b);
	if (r || b->err.text[0])
		outcome_fail(o, TRIAL_FAILED, "%s", b->err.text);
	free(b);
}
