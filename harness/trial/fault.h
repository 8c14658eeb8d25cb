/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planted faults: the setting "plant" of a trial makes known frames be lost at a known place, or be changed, by the
 * means of the kernel itself, so that it can be shown that ledger and fates find them (tests/lab/test_planted.py).
 *
 *   unsent:FIRST-LAST   the sender stops before FIRST; LAST is the trial's count
 *   swallow:FIRST-LAST  the sender's egress hook takes these frames off their way; pktgen counts them as sent
 *   repeat              the sender's queueing discipline (netem) sends each frame twice
 *   swap:FIRST-LAST     the egress hook exchanges the numbers of the first and second of them, third and fourth, ...
 *   flip:FIRST-LAST     the egress hook inverts a bit of the payload
 *   stop                the DUT does not look at its NIC until all frames were sent
 *   backlog:LENGTH      stop; and then frames go through a backlog queue of that length (RPS)
 *   xdp:FIRST-LAST      an XDP program in the DUT's driver drops these
 *   filter:FIRST-LAST   the filter of the capture's packet socket rejects these
 *   stall               the reader does not begin before all frames were sent
 *   leave:N             the reader goes away when it has read N frames
 *
 * Egress hook and queueing discipline see frames only with gen.queue=1. One sender.
 */
#ifndef RXLAB_PLANT_H
#define RXLAB_PLANT_H

#include <pthread.h>
#include <stdatomic.h>

#include "generators/generator.h"
#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/dut/undo.h"

#define PLANT_KEY "plant" /* among a trial's settings */

enum plant_kind {
	PLANT_NONE,
	PLANT_UNSENT,
	PLANT_REPEAT,
	PLANT_SWALLOW,
	PLANT_SWAP,
	PLANT_FLIP,
	PLANT_STOP,
	PLANT_BACKLOG,
	PLANT_XDP,
	PLANT_FILTER,
	PLANT_STALL,
	PLANT_LEAVE,
	PLANTS
};

struct plant {
	enum plant_kind kind;
	uint32_t first, last; /* of PLANT_BACKLOG and PLANT_LEAVE: first is the number */
	int xdp_link; /* file descriptor; -1: none */
	pthread_t hog;
	int hogging;
	atomic_int hog_over;
};

int plant_of_trial(struct plant *p, const struct trial *t, struct err *e); /* PLANT_NONE without the setting; -EINVAL */
/* Before the generator is armed: hooks of the interfaces. */
int plant_hooks(struct plant *p, const char *dut, const struct generator_place *place, struct undo *u,
		struct outcome *o, struct err *e);
int plant_socket(const struct plant *p, struct err *e); /* once the capture is open */
int plant_stop(struct plant *p, const char *dut, struct undo *u, struct outcome *o, struct err *e); /* before fire */
void plant_let_go(struct plant *p); /* all was sent; safe at any time */
void plant_free(struct plant *p);

/* The parts of the above. */
int plant_egress(const struct plant *p, const char *ifname, struct undo *u, struct err *e);
int plant_netem(const char *ifname, struct undo *u, struct err *e);
int plant_xdp(struct plant *p, const char *ifname, struct err *e);

#endif
