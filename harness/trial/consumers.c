// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/trial/consumers.h"

static int start_one(struct consumers *c, uint32_t k, const struct consumer_place *p, const struct reader_setup *setup,
		     struct err *e)
{
	struct consumer *one = &c->one[k];
	struct reader_setup own = *setup;
	int r = capture_new(&one->capture, p->ops, p->trial, p->ifname, &one->sink, p->undo, p->outcome);

	if (r)
		return err_set(e, r, "%s", one->capture.err.text);
	one->capture.reader = k;
	one->capture.readers = c->n;
	own.cpu += k;
	if (!k && p->adapts) {
		r = capture_new(&c->adapts, p->adapts, p->trial, p->ifname, &one->sink, p->undo, p->outcome);
		own.adapts = &c->adapts;
	}
	if (r)
		return err_set(e, r, "%s", c->adapts.err.text);
	return reader_start(&one->reader, &one->capture, &own, e);
}

int consumers_start(struct consumers *c, const struct consumer_place *place, const struct reader_setup *setup,
		    struct err *e)
{
	uint32_t k;
	int r = 0;

	/*
	 * The last one first: a fanout group takes its sockets in this order and counts CPUs and queues from 1, so that
	 * what queue k brings is read on its own CPU.
	 */
	for (k = 0; k < c->n && !r; k++)
		r = start_one(c, (k + c->n - 1) % c->n, place, setup, e);
	return r;
}

uint64_t consumers_progress(const struct consumers *c)
{
	uint64_t n = 0;
	uint32_t k;

	for (k = 0; k < c->n; k++)
		n += sink_progress(&c->one[k].sink);
	return n;
}

uint64_t consumers_hold_ns(const struct consumers *c)
{
	uint64_t longest = 0;
	uint32_t k;

	for (k = 0; k < c->n; k++)
		if (c->one[k].capture.hold_ns > longest)
			longest = c->one[k].capture.hold_ns;
	return longest;
}

void consumers_let_go(struct consumers *c)
{
	uint32_t k;

	for (k = 0; k < c->n; k++)
		atomic_store(&c->one[k].reader.stalled, 0);
}

int consumers_stop(struct consumers *c, struct err *e)
{
	int r, first = 0;
	uint32_t k;

	for (k = 0; k < c->n; k++) {
		r = reader_stop(&c->one[k].reader, e);
		first = first ? first : r;
	}
	return first;
}

void consumers_merge(struct consumers *c)
{
	uint32_t k;

	for (k = 1; k < c->n; k++)
		sink_merge(&c->one[0].sink, &c->one[k].sink);
}

struct capture_counts consumers_counts(const struct consumers *c)
{
	struct capture_counts all = c->one[0].reader.counts;
	uint32_t k;

	for (k = 1; k < c->n; k++) {
		const struct capture_counts *more = &c->one[k].reader.counts;

		counter_add(&all.received, more->received);
		counter_add(&all.dropped, more->dropped);
		counter_add(&all.if_dropped, more->if_dropped);
		counter_add(&all.left, more->left);
	}
	return all;
}

void consumers_free(struct consumers *c)
{
	uint32_t k;

	capture_free(&c->adapts);
	for (k = c->n; k-- > 0;) {
		capture_free(&c->one[k].capture);
		sink_free(&c->one[k].sink);
	}
}
