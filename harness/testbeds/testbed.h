/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a testbed: a place where a trial runs.
 *
 * run() is called from a process of its own (the campaign's runner forks one
 * a job), may take minutes, and always fills the outcome: what could not be
 * measured has status failed and a reason. It returns -errno only when the
 * testbed itself is unusable, so that going on makes no sense.
 */
#ifndef RXLAB_TESTBED_H
#define RXLAB_TESTBED_H

#include "harness/dut/knobs.h"
#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/util/clock.h"
#include "harness/util/err.h"

enum testbed_caps {
	TESTBED_OWN_KERNEL =
		1, /* a guest with a kernel and modules of its own: what this machine lacks does not matter */
};

struct testbed_ops {
	const char *name;
	const char *summary;
	enum clock clock;
	unsigned int caps; /* of enum testbed_caps */
	const struct knob_limit *limits; /* knobs that its driver or kernel has not, or not all of; NULL: it has all */
	const struct knob_value *ground; /* knobs whose initial value is another here; NULL: none */
	/* What the tables cannot say: does a trial, each setting in its range, fit here? NULL: it does. */
	int (*check)(const struct trial *t, struct err *e);
	/* Can it run here? 0, or -errno and a reason. Changes nothing. */
	int (*probe)(struct err *why);
	/* Builds what is missing. Idempotent; prints one line for each thing it installs or makes. */
	/* t, here and below: a trial of those that will run, since its settings may decide what runs it (the lab's kernel). */
	int (*prepare)(const struct trial *t, struct err *e);
	/*
	 * 16 hex digits, after prepare(t). On the virtual clock, equal identity and equal trial give equal records; on the
	 * wall clock, equal identity is the same kind of machine with the same kernel.
	 */
	int (*identity)(const struct trial *t, char id[17], struct err *e);
	/* Versions and hashes for the manifest, as key and value; how many, or -errno. After prepare(t). */
	int (*versions)(const struct trial *t, struct setting *v, int max, struct err *e);
	/* side: folder for what is no part of the record (console tails, host times); exists. */
	int (*run)(const struct trial *t, struct outcome *o, const char *side, struct err *e);
};

extern const struct testbed_ops *const testbeds[]; /* ends with NULL */
const struct testbed_ops *testbed_find(const char *name);

#endif
