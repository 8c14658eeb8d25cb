/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consumers of a trial: a reader with its capture and its sink, or several of them where the capture has several
 * rings ("members") and the DUT several interrupt CPUs. Each reads its part of the rings on a CPU of its own; when all
 * have ended, the first one's sink has what all of them saw.
 */
#ifndef RXLAB_CONSUMERS_H
#define RXLAB_CONSUMERS_H

#include "capture-impls/capture.h"
#include "harness/sink/sink.h"
#include "harness/trial/reader.h"

#define CONSUMERS_MAX 4

struct consumer {
	struct sink sink;
	struct capture capture;
	struct reader reader;
};

struct consumers {
	struct consumer one[CONSUMERS_MAX];
	uint32_t n;
	struct capture adapts; /* the controller of a set that adapts, in the first one's thread */
};

/* What the captures are opened on. */
struct consumer_place {
	const struct capture_ops *ops;
	const struct capture_ops *adapts; /* as capture_adapts() says */
	const struct trial *trial;
	const char *ifname;
	struct undo *undo;
	struct outcome *outcome;
};

/* Starts the readers, one after the other: reader k on CPU setup->cpu + k. 0, or the first error. */
int consumers_start(struct consumers *c, const struct consumer_place *place, const struct reader_setup *setup,
		    struct err *e);
uint64_t consumers_progress(const struct consumers *c); /* sink_progress() of all */
uint64_t consumers_hold_ns(const struct consumers *c); /* the longest of theirs */
void consumers_let_go(struct consumers *c); /* those that an injected fault has stalled */
int consumers_stop(struct consumers *c, struct err *e); /* all readers; the first error */
void consumers_merge(struct consumers *c); /* once, after the stop: the first sink has what all saw */
struct capture_counts consumers_counts(const struct consumers *c); /* of all; after the stop */
void consumers_free(struct consumers *c); /* captures and sinks; safe on a zeroed struct */

#endif
