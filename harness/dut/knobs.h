/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: settings of the DUT's NIC and of the kernel's receive path. Each is a setting of any trial with any capture. It
 * is set with its undo pushed first, and read back; what was read back is what the record says.
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
	uint64_t min, max; /* what any kernel and driver may take; a testbed's driver takes less of it */
	const char *initial; /* what a trial sets that asks for nothing; NULL: left as kernel and driver have it */
	const char *own; /* what they have it at, in words; "" where initial says it */
	bool mask; /* of CPUs, in hexadecimal, as the kernel takes it */
	bool machine; /* one for the whole machine: no network namespace has its own */
	const char *path; /* "%s" is the interface, "%u" the queue: all of them; NULL: by ethtool */
	enum ethtool_item item;
	bool queues; /* set by queues.h */
	const char *takes; /* what it takes, in words, where that is no range; NULL: the range */
};

/* In the order in which they are set, coarse to fine: a changed ring resets the coalescing of some drivers. */
extern const struct knob knobs[]; /* ends with a NULL name */
const struct knob *knob_find(const char *name); /* NULL: no knob is called that */

/* A knob and what it is to be; a table of them ends with a NULL name. */
struct knob_value {
	const char *name, *value;
};

#define KNOB_RANGES 4

/* What a testbed's driver and kernel make of a knob. A knob without a row here takes all of its own range. */
struct knob_limit {
	const char *name;
	const char *cannot; /* why it cannot be set there; NULL: it can */
	struct {
		uint64_t from, to;
	} range[KNOB_RANGES]; /* ends with 0 to 0, unless that is the first */
};

/* "0 to 1, 3 or 10 to 10000": what the knob takes there; limits may be NULL, else end with a NULL name. Pure. */
void knob_range(const struct knob *k, const struct knob_limit *limits, char *text, size_t size);
const struct knob_limit *knob_limit_find(const struct knob_limit *limits, const char *name);
/* Does it take this value, where (the testbed's name) has these limits? -EINVAL with the range, or why not. Pure. */
int knob_check(const struct knob *k, const char *value, const char *where, const struct knob_limit *limits,
	       struct err *e);

/* Reads one knob as text; -ENOENT for an unknown name, -EOPNOTSUPP where this machine has none. */
int knob_get(const char *ifname, const char *name, char value[64], struct err *e);
/* Saves, pushes the undo, sets, reads back into o->knobs. */
int knob_set(const char *ifname, const char *name, const char *value, struct undo *u, struct outcome *o, struct err *e);
/* Every knob of which a trial sets an initial value, on an interface that has just come. */
int knobs_initial(const char *ifname, struct undo *u, struct outcome *o, struct err *e);
/* The whole table as it is now into o->knobs; what this machine has not is unknown. */
void knobs_read(const char *ifname, struct outcome *o);

#endif
