/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct outcome: what one trial gave, before it is written as a record.
 *
 * The agent fills the parts that are seen from inside (and sends them out as
 * one JSON line, outcome_encode()); the testbed adds what it counts from
 * outside. ledger.c then closes the balance and record.c writes the line.
 */
#ifndef RXLAB_OUTCOME_H
#define RXLAB_OUTCOME_H

#include <jansson.h>
#include <stdint.h>

#include "harness/util/histogram.h"
#include "harness/record/frame_mix.h"
#include "harness/record/trial_spec.h"
#include "harness/record/stages.h"
#include "harness/util/counter.h"
#include "harness/util/err.h"

enum trial_status {
	TRIAL_OK, /* measured */
	TRIAL_INVALID, /* measured, but not what was asked (sender fell short, balance of the wire does not hold) */
	TRIAL_FAILED, /* no measurement: panic, hang, no record, knob refused */
};

/*
 * Places where a frame can be lost, in the order of its way. Each is a key of
 * "drops" in the record.
 */
enum drop_place {
	DROP_SENDER_TX, /* pktgen counted it as sent, the wire never saw it */
	DROP_NIC_NO_DESCRIPTOR, /* reached the DUT's NIC, found no receive descriptor */
	DROP_NIC_OTHER, /* lost in the NIC for another reason (filter, error) */
	DROP_XDP, /* an XDP program of the DUT's interface dropped it */
	DROP_SOFTNET, /* backlog queue of the kernel (softnet_stat) */
	DROP_FILTER, /* the capture's socket filter did not let it in */
	DROP_CAPTURE, /* the capture's ring or socket was full, or its oldest frame was overwritten */
	DROP_CONSUMER, /* delivered to the reader's memory, never read (left at close) */
	DROP_PLACES
};
extern const char
	*const drop_names[DROP_PLACES]; /* "sender_tx", "nic_no_descriptor", "nic_other", "xdp", "softnet", ... */

/* What the consumer's work found (harness/sink/work.h); unknown where it did not look. */
struct work_result {
	struct counter touched_bytes; /* touch: bytes read */
	struct counter flows; /* flow: flows in the table */
	struct counter unclassified; /* flow: frames in none of them: no TCP or UDP over IP, or the table was full */
	struct counter matches; /* match: frames that hold the pattern */
};

/*
 * Polls of a reader that never sleeps, fire to drained. Its CPU is always busy: busy_ns less empty * empty_ns
 * is what the frames cost.
 */
struct poll_counts {
	struct counter all;
	struct counter empty; /* of those, without a frame */
	struct counter empty_ns; /* virtual clock: shortest time between two empty polls, the instructions of one */
};

/* CPU time of a thread. */
struct cpu_used {
	struct counter user_ns;
	struct counter system_ns;
};

#define OUTCOME_CPUS 5 /* most CPUs of a DUT: four for interrupts, and the reader's own */

/* One of the DUT's CPUs, if several take interrupts. */
struct cpu_part {
	struct counter busy_ns;
	struct counter interrupts; /* of the DUT's NIC */
	double share; /* share of the clock while it and a sender were both awake; < 0 = unknown */
};

/* All times in ns of the testbed's clock. */
struct outcome {
	enum trial_status status;
	char reason[256]; /* empty when ok */

	struct {
		uint64_t sent; /* what the senders say that they sent */
		uint64_t errors;
		uint64_t duration_ns; /* first to last frame, longest of the senders */
		uint64_t achieved_pps; /* sum of the senders, after the stop */
	} generator;

	/* By size, in the order of the trial's mix; all unknown where every frame has one size. */
	struct {
		struct counter sent[MIX_SIZES_MAX]; /* what the senders say */
		struct counter received[MIX_SIZES_MAX]; /* trial frames at the consumer, duplicates included */
		struct counter wire[MIX_SIZES_MAX]; /* left the senders, seen from outside; not recorded */
	} sizes;

	/* From one frame of a sender to its next, on the wire, as seen from outside: ns in whole microseconds. */
	struct {
		struct counter p50, p99, max;
	} gaps;

	/* The same frames compared with their scheduled times: lab only. scv: of the gaps, in thousandths. */
	struct {
		struct counter scv_asked, scv;
		struct counter late_p50, late_p99, late_max; /* ns after their times, relative to the promptest frame */
	} schedule;

	struct {
		struct counter received; /* trial frames at the consumer, duplicates included */
		uint64_t unique; /* distinct sequence numbers */
		uint64_t duplicates;
		uint64_t reordered; /* a lower sequence number than one seen before */
		uint64_t corrupted; /* trial frame of the wrong length or out of range */
		uint64_t foreign; /* not a trial frame */
		uint64_t truncated; /* frames that the capture truncated, foreign ones included */
		uint64_t unchecked; /* 1: no sequence numbers were checked, so unique to foreign are unknown */
		struct counter own_received; /* as the capture itself reports */
		struct counter own_dropped;
		struct counter own_if_dropped;
		struct poll_counts polls;
	} capture;

	struct work_result work;

	struct counter drops[DROP_PLACES];

	struct {
		struct counter wire; /* frames seen at the DUT's NIC, counted from outside */
		struct counter accepted; /* of those, written to the DUT's memory */
		struct counter driver; /* of those, handed up by the driver, as it counts them */
		struct counter stack; /* of those, handed to the kernel's stack; not recorded, only for the balance */
		struct counter tapped; /* of those, seen by a packet socket; likewise */
		struct counter first_drop; /* 1-based index on the wire of the first frame that found no descriptor */
	} nic;

	struct {
		struct counter hard; /* interrupts of the DUT's NIC (all vectors), fire to drained */
		struct counter polls; /* NAPI polls of the DUT's NIC */
		struct counter switches; /* from thread to thread, on the CPUs that busy_ns counts */
	} irq;

	struct {
		struct counter
			busy_ns; /* DUT's CPUs: instructions outside idle, fire to drained (virtual clock: 1 instruction = 1 ns) */
		struct counter total_ns; /* virtual ns from fire to drained */
		struct counter instructions[STAGES]; /* busy_ns by stage, if the trial asked for it */
		struct cpu_used reader; /* wall clock only: the reader's thread */
		double dut_share; /* instructions of an interrupt CPU per virtual ns while it and a sender were both awake, the mean of several; < 0 = unknown */
		uint32_t n_each; /* 0: one interrupt CPU, fully described above */
		struct cpu_part each[OUTCOME_CPUS]; /* machine's CPU 1 + i: interrupt CPUs, then the reader's own */
	} cpu;

	struct {
		uint64_t n; /* frames timed; 0 = unknown */
		uint64_t p50, p90, p99, p99_9,
			max; /* ns, pktgen's stamp to the consumer; log-linear buckets, upper edge */
		uint64_t mean;
		uint32_t bucket[HISTOGRAM_BUCKETS]; /* the source of the quantiles */
	} latency;

	json_t *meters; /* wall clock only: the record's part (harness/meters/wall.h); NULL: there is none */

	uint32_t n_knobs; /* as read back after setting; an empty value is unknown */
	struct setting knobs[TRIAL_SETS * 2];
};

void outcome_init(struct outcome *o); /* everything unknown, status ok */
void outcome_free(struct outcome *o); /* frees its contents; safe on an empty one */
const char *outcome_status_name(enum trial_status status); /* "ok", "invalid", "failed" */
/* Marks the outcome. The first reason wins, but a failure takes over from an invalid trial; never the reverse. */
void outcome_fail(struct outcome *o, enum trial_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds or replaces a knob read back; NULL: unknown. */
int outcome_knob(struct outcome *o, const char *key, const char *value);
char *outcome_encode(const struct outcome *o); /* malloc'd one-line JSON; caller frees; NULL = out of memory */
/* Rejects missing fields and wrong types; o is then empty. */
int outcome_decode(struct outcome *o, const char *json, struct err *e);

#endif
