/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected faults: the setting "fault" of a trial makes known frames be lost at a known place, or be changed, by the
 * means of the kernel itself, so that it can be shown that ledger and fates find them (tests/lab/test_faults.py).
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
#ifndef RXLAB_FAULT_H
#define RXLAB_FAULT_H

#include <pthread.h>
#include <stdatomic.h>

#include "generators/generator.h"
#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/dut/undo.h"

enum fault_kind {
	FAULT_NONE,
	FAULT_UNSENT,
	FAULT_REPEAT,
	FAULT_SWALLOW,
	FAULT_SWAP,
	FAULT_FLIP,
	FAULT_STOP,
	FAULT_BACKLOG,
	FAULT_XDP,
	FAULT_FILTER,
	FAULT_STALL,
	FAULT_LEAVE,
	FAULTS
};

struct fault {
	enum fault_kind kind;
	uint32_t first, last; /* of FAULT_BACKLOG and FAULT_LEAVE: first is the number */
	int xdp_link; /* file descriptor; -1: none */
	pthread_t hog;
	int hogging;
	atomic_int hog_over;
};

int fault_of_trial(struct fault *p, const struct trial *t, struct err *e); /* FAULT_NONE without the setting; -EINVAL */
/* How many frames the generator is to send, of count that the trial asks for. */
uint64_t fault_sends(const struct fault *p, uint64_t count);
/* Before the generator is armed: hooks of the interfaces. */
int fault_hooks(struct fault *p, const char *dut, const struct generator_place *place, struct undo *u,
		struct outcome *o, struct err *e);
int fault_socket(const struct fault *p, struct err *e); /* once the capture is open */
int fault_stop(struct fault *p, const char *dut, struct undo *u, struct outcome *o, struct err *e); /* before fire */
void fault_let_go(struct fault *p); /* all was sent; safe at any time */
void fault_free(struct fault *p);

/* The parts of the above. */
int fault_egress(const struct fault *p, const char *ifname, struct undo *u, struct err *e);
int fault_netem(const char *ifname, struct undo *u, struct err *e);
int fault_xdp(struct fault *p, const char *ifname, struct err *e);

#endif
