/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign: the file that says what to vary.
 *
 *   name: quick                       # also the default results folder, results/quick
 *   description: loss over rate
 *   order_seed: 1                     # of the shuffle that orders the trials; default 1
 *   adaptive_rates: 4                 # see adaptive.h; rxlab run then wants --model DIR
 *   blocks: 10                        # every trial once in each block, seeds 1 to 10; default: no blocks
 *   defaults: {count: 20000, seed: 1} # one value a key; any key of a sweep
 *   sweeps:
 *     - name: small frames            # each sweep is the cross product of its lists
 *       capture: [null, libpcap]
 *       frame_bytes: 64               # one value needs no brackets; or imix, or "64:7,594:4,1518:1"
 *       rate_pps: [100000, max]
 *       set: {rx_usecs: [50, 100], gen.burst: 1}
 *
 * Keys of a sweep: testbed, capture, generator, frame_bytes, rate_pps, count,
 * seed, senders, reader_cpu, work and kernel (short for set: {work: ...}), set. A
 * campaign has one testbed: results of two clocks never share a folder.
 *
 * Every value keeps the line it came from, so that whatever is wrong with it
 * is said as FILE:LINE. Scalars stay text (a capture named null is no null)
 * and get their meaning from trial_assign(), as do the command line's.
 */
#ifndef RXLAB_CAMPAIGN_H
#define RXLAB_CAMPAIGN_H

#include <stddef.h>
#include <stdint.h>

#include "harness/record/trial_spec.h"
#include "harness/util/err.h"
#include "harness/util/sha256.h"

#define CAMPAIGN_BYTES_MAX (1 << 20)
#define CAMPAIGN_NAME_MAX 64
#define SWEEP_AXES_MAX 32
#define AXIS_VALUES_MAX 10000
#define ADAPTIVE_RATES_MAX 100
#define BLOCKS_MAX 1000

struct axis_value {
	const char *text;
	int line;
	char hash[SHA256_HEX]; /* where it is a file: the text, in place of the name */
};

/* One key and the values that it takes. */
struct axis {
	char word[40]; /* of the trial's text form: "frame", "set.rx_usecs" */
	int line;
	size_t n;
	struct axis_value *values;
};

struct sweep {
	char name[CAMPAIGN_NAME_MAX];
	int line;
	uint32_t n_axes;
	struct axis axes[SWEEP_AXES_MAX];
};

struct campaign {
	char *path; /* as given, for messages */
	char *text; /* the file, verbatim */
	size_t length;
	char name[CAMPAIGN_NAME_MAX];
	char *description;
	uint64_t order_seed;
	uint64_t adaptive_rates; /* 0 = none */
	uint64_t blocks; /* 0: none; a trial's seed is the number of its block */
	int blocks_line;
	struct sweep defaults; /* one value an axis */
	size_t n_sweeps;
	struct sweep *sweeps;
	struct axis_value kernel; /* campaign_kernel()'s */
	void *document; /* parsed YAML; the values' texts live in it */
};

/* -EINVAL and "FILE:LINE: what" for whatever the file alone shows to be wrong. */
int campaign_load(struct campaign *c, const char *path, struct err *e);
/* Gives all trials this kernel, as a default of the campaign would; -EINVAL if the campaign names kernels itself. */
int campaign_kernel(struct campaign *c, const char *kernel, struct err *e);
void campaign_free(struct campaign *c); /* safe on a zeroed struct and after a failed load */
/* err_set() with "FILE:LINE: " before it. */
int campaign_error(const struct campaign *c, int line, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
