/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DUT's receive queues and the CPUs that work on them: the settings "channels" (queues of the NIC, each with an
 * interrupt CPU of its own), "rss" (how the NIC spreads flows over them) and "rps_cpus" (CPUs that the kernel hands
 * frames to, after the queue).
 */
#ifndef RXLAB_QUEUES_H
#define RXLAB_QUEUES_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/dut/undo.h"
#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

#define QUEUES_MAX 4 /* also the most interrupt CPUs of a machine */

struct queues {
	uint32_t channels; /* 1 to QUEUES_MAX */
	bool weighted; /* else the driver spreads equally */
	uint32_t weight[QUEUES_MAX]; /* shares of the NIC's indirection table */
	bool rps;
	uint32_t rps_cpus; /* the kernel's mask; bit 0, the sender's CPU, is never set */
};

/* Reads the trial's settings; without them one queue gets everything. -EINVAL names the setting. */
int queues_of_trial(struct queues *q, const struct trial *t, struct err *e);
bool queues_asked(const struct trial *t); /* does it have any of the three settings? */
/* How many interrupt CPUs the machine needs for these queues and RPS's CPUs: 1, 2 or 4. */
unsigned int queues_interrupt_cpus(const struct queues *q);
/*
 * Sets rss after pushing its undo, and writes rss and channels as read back to o. The testbed sets channels;
 * rps_cpus is a knob like any other (knobs.h).
 */
int queues_set(const struct queues *q, const char *ifname, struct undo *u, struct outcome *o, struct err *e);

#endif
