/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a consumer does with every captured frame, the same for every capture:
 * the setting "work" of a trial.
 *
 *   count           the sink's own checks, and no more (the default)
 *   touch           reads every captured byte
 *   flow            packets and bytes of each flow, in a table of bounded size
 *   match:PATTERN   looks for PATTERN in every captured byte, until it is found. PATTERN is text, or 0x and an
 *                   even number of hexadecimal digits
 *
 * Every frame that a capture hands over is worked on, trial frame or not.
 */
#ifndef RXLAB_WORK_H
#define RXLAB_WORK_H

#include <stdint.h>

#include "harness/record/outcome.h"
#include "harness/sink/pattern.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

enum work_kind { WORK_COUNT, WORK_TOUCH, WORK_FLOW, WORK_MATCH, WORKS };

struct work_setting {
	enum work_kind kind;
	uint32_t pattern_bytes;
	uint8_t pattern[PATTERN_MAX]; /* of WORK_MATCH */
};

struct flow_table;

struct work {
	void (*frame)(struct work *w, const uint8_t *data, uint32_t caplen, uint32_t len); /* NULL: nothing to do */
	enum work_kind kind;
	uint64_t sum; /* touch: of all that was read, so that it has to be */
	uint64_t touched_bytes;
	uint64_t unclassified; /* flow: frames in no flow of the table */
	struct flow_table *flows;
	uint64_t matches; /* match: frames that hold the pattern */
	struct pattern pattern;
};

extern const char *const work_names[WORKS];

int work_parse(struct work_setting *setting, const char *text, struct err *e); /* -EINVAL */
int work_of_trial(struct work_setting *setting, const struct trial *t, struct err *e); /* the trial's, or count */
int work_init(struct work *w, const struct work_setting *setting, struct err *e); /* -ENOMEM */
void work_free(struct work *w); /* safe on a zeroed struct */
void work_merge(struct work *w, const struct work *more); /* what another one of the same setting found */
void work_fill(const struct work *w, struct work_result *result);

#endif
