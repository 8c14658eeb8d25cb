/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Meters: counters of the DUT that are read twice and subtracted. Each says
 * what it really counts (docs/counters.md has the whole story).
 */
#ifndef RXLAB_METER_H
#define RXLAB_METER_H

#include "harness/record/outcome.h"
#include "harness/util/counter.h"

enum meter_id { METER_IRQ_HARD, METER_NIC_RX, METER_SOFTNET_DROPPED, METERS };

struct meter_ops {
	const char *name;
	const char *counts; /* what is counted, by whom, and whether it includes drops */
	struct counter (*read)(const char *ifname);
	const char *not_wall; /* why wall-clock records do not have it; NULL: they do */
};

extern const struct meter_ops meters[METERS];

struct readings {
	struct counter value[METERS];
	struct counter each[OUTCOME_CPUS]; /* METER_IRQ_HARD by CPU */
};

/* cpus: number of interrupt CPUs, from first on; if several, interrupts are also counted by CPU. */
void meters_read(const char *ifname, unsigned int first, unsigned int cpus, struct readings *r);
/* after - before of one meter. */
struct counter meters_diff(const struct readings *after, const struct readings *before, enum meter_id id);

#endif
