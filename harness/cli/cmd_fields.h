/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that more than one command has. Each returns 0, or the exit status when it has complained. */
#ifndef RXLAB_CMD_FIELDS_H
#define RXLAB_CMD_FIELDS_H

#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"

/* Options that are fields of the trial, and their words there. */
enum cmd_field_index {
	FIELD_CAPTURE,
	FIELD_FRAME,
	FIELD_RATE,
	FIELD_COUNT,
	FIELD_SEED,
	FIELD_SENDERS,
	FIELD_TESTBED,
	FIELD_GENERATOR,
	FIELD_READER_CPU,
	FIELD_KERNEL,
	CMD_FIELDS,
};
struct cmd_field {
	const char *option;
	const char *word;
};
extern const struct cmd_field cmd_fields[CMD_FIELDS];

int cmd_field(const char *command, struct trial *t, int which, const char *text);
/* For a trial without --generator: pktgen, or the first in the table that has the gen.* settings of the trial. */
void cmd_generator(struct trial *t);
/* The trial's frames as part of a folder's name: "64", "imix", "64x7-594x4". Returns name. */
char *cmd_frame_name(const struct trial *t, char name[MIX_TEXT_MAX]);
int cmd_knob(const char *command, struct trial *t, const char *text); /* KEY=VALUE */
int cmd_jobs(const char *command, const char *text, unsigned int *jobs);
/* Can so many run side by side there? 0 = not asked for. */
int cmd_jobs_check(const char *command, unsigned int jobs, const struct testbed_ops *testbed);

#endif
