/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One trial, seen from inside the testbed. */
#ifndef RXLAB_TRIAL_RUN_H
#define RXLAB_TRIAL_RUN_H

#include <stdbool.h>

#include "generators/generator.h"
#include "harness/dut/knobs.h"
#include "harness/record/mark.h"
#include "harness/record/outcome.h"
#include "harness/sink/sink.h"
#include "harness/record/trial_spec.h"

enum side { SIDE_DUT, SIDE_SENDERS };

/* Where the agent is: what the testbed made ready. */
struct site {
	const char *dut; /* the DUT's interface: up, promiscuous */
	uint32_t reader_cpu[3]; /* the machine's CPU for each reader_cpu that a trial may ask for */
	uint32_t interrupt_cpus; /* of the DUT, from reader_cpu[1] on; 0 counts as 1 */
	const struct knob_value *ground; /* knobs whose initial value is another here; NULL: none */
	bool journaled; /* what the trial alters outlives a process that is killed: harness/dut/journal.h */
	bool wall; /* the clock is the wall's: time of the CPU says something */
	/* Takes the calling thread to the network namespace of that side; NULL: there is one for both. */
	int (*enter)(enum side side, struct err *e);
	struct generator_place senders;
	struct clock_map clock; /* begun long before the trial */
	/* When all is measured and reported, with the sink as it is then; NULL: nobody asked. */
	void (*report_sink)(const struct sink *s);
	void (*mark)(unsigned int k); /* tells the instruments outside: MARK_FIRE, MARK_DRAINED */
};

/* Always fills the outcome; what cannot be measured is failed, with its reason. Leaves the machine as it was. */
void trial_run(const struct trial *t, const struct site *site, struct outcome *o);

#endif
