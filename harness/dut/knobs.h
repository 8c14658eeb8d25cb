/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: settings of the DUT's NIC and of the kernel's receive path, for any trial with any capture. Each
 * is set after its undo was pushed, and read back; the record holds what was read back.
 */
#ifndef RXLAB_KNOBS_H
#define RXLAB_KNOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/record/outcome.h"
#include "harness/dut/undo.h"
#include "harness/util/err.h"
#include "harness/util/ethtool.h"

struct knob {
	const char *name;
	const char *help; /* unit first */
	uint64_t min, max; /* what any kernel and driver may accept; a testbed's driver accepts less */
	const char *initial; /* set by a trial that does not give it; NULL: left as kernel and driver have it */
	const char *own; /* their own default, in words; "" if initial gives it */
	bool mask; /* a mask of CPUs in hexadecimal, in the kernel's form */
	bool machine; /* one value for the whole machine, not for each network namespace */
	const char *path; /* "%s": the interface, "%u": each queue in turn; NULL: set by ethtool */
	enum ethtool_item item;
	bool queues; /* set by queues.h */
	const char *takes; /* which values, in words, if they are no range; NULL: the range */
};

/* In the order in which they are set, coarse to fine: a changed ring resets the coalescing of some drivers. */
extern const struct knob knobs[]; /* ends with a NULL name */
const struct knob *knob_find(const char *name); /* NULL: no such knob */

/* A knob and what it is to be; a table of them ends with a NULL name. */
struct knob_value {
	const char *name, *value;
};

#define KNOB_RANGES 4

/* Which values a testbed's driver and kernel accept for a knob. A knob without a row here accepts its whole range. */
struct knob_limit {
	const char *name;
	const char *cannot; /* why it cannot be set there; NULL: it can */
	struct {
		uint64_t from, to;
	} range[KNOB_RANGES]; /* ends with 0 to 0, unless that is the first */
};

/* "0 to 1, 3 or 10 to 8191": the values accepted there. limits may be NULL; they end with a NULL name. Pure. */
void knob_range(const struct knob *k, const struct knob_limit *limits, char *text, size_t size);
const struct knob_limit *knob_limit_find(const struct knob_limit *limits, const char *name);
/* Is the value accepted on a testbed (where: its name) with these limits? -EINVAL with the range or a reason. Pure. */
int knob_check(const struct knob *k, const char *value, const char *where, const struct knob_limit *limits,
	       struct err *e);

/* Reads one knob as text; -ENOENT for an unknown name, -EOPNOTSUPP if this machine has no such knob. */
int knob_get(const char *ifname, const char *name, char value[64], struct err *e);
/* Pushes the undo of what is there now, for who moves the knob later by other ways. */
int knob_keep(const char *ifname, const char *name, struct undo *u, struct err *e);
/* Saves, pushes the undo, sets, reads back into o->knobs. */
int knob_set(const char *ifname, const char *name, const char *value, struct undo *u, struct outcome *o, struct err *e);
/* Sets every knob that has an initial value, on a new interface. */
int knobs_initial(const char *ifname, struct undo *u, struct outcome *o, struct err *e);
/* Reads all knobs into o->knobs; those that this machine does not have are unknown. */
void knobs_read(const char *ifname, struct outcome *o);

#endif
