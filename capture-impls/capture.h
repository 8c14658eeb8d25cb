/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a capture implementation.
 *
 * One implementation is one folder, one C file and one const struct
 * capture_ops, listed in table.c. Hooks return 0 (or a count) or -errno and
 * put one sentence into c->err; they never print, never exit.
 *
 * Life:  check()  ->  probe()  ->  open()  ->  { poll() | wait() }*  ->  counts()  ->  close()
 *
 * In that order, one at a time. From open() to counts() they run in the
 * reader's thread, on its CPU; the others in the trial's own, close() when the
 * reader has ended. counts() may also be called between polls.
 */
#ifndef RXLAB_CAPTURE_H
#define RXLAB_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/sink/sink.h"
#include "harness/record/trial_spec.h"
#include "harness/dut/knobs.h"
#include "harness/dut/undo.h"
#include "harness/util/counter.h"
#include "harness/util/err.h"

enum capture_caps {
	CAPTURE_NEEDS_ROOT = 1 << 0,
	CAPTURE_NEEDS_MODULE = 1 << 1, /* a kernel module that the kernel's own package does not contain */
	CAPTURE_COUNTS_DROPS = 1 << 2, /* counts() reports dropped, on every interface */
	CAPTURE_TAKES_FRAMES = 1 << 3, /* the stack does not see the captured frames */
	CAPTURE_ALTERS_NIC = 1 << 4, /* sets knobs of the NIC or the kernel, with undo */
	CAPTURE_ZERO_COPY = 1 << 5,
	CAPTURE_WORKS_ITSELF =
		1 << 6, /* does the trial's work (harness/sink/work.h) where it is; the sink then does none */
	CAPTURE_OWN_DRIVER = 1 << 7, /* replaces the NIC's driver while it is open; never a base */
	CAPTURE_LOSES_VLAN = 1 << 8, /* a VLAN tag may be missing in the frame: the NIC or the kernel took it out */
	CAPTURE_DELIVERS_NOTHING = 1 << 9, /* an example, not a capture */
	CAPTURE_MANY_READERS =
		1 << 12, /* it has rings ("members"); each of several readers opens and reads its share of them */
	CAPTURE_NOT_BUILT = 1 << 10, /* built without its library or headers: probe() says so, and it never runs */
	CAPTURE_FILTERS = 1 << 11, /* open() sets the trial's filter (common/filter.h) before the first frame */
};

#define CAPTURE_BASE "base" /* setting of a named set of knobs: the capture below it */
#define CAPTURE_MEMBERS "members" /* the parameter of CAPTURE_MANY_READERS: its rings */
#define CAPTURE_NAME_MAX 32 /* size of a PARAM_NAME, including its 0 */

enum param_type { PARAM_U32, PARAM_U64, PARAM_BOOL, PARAM_NAME };

/* One option, set by `--set name=value`; parsed and range-checked by the core into priv at offset. */
struct capture_param {
	const char *name;
	enum param_type type;
	size_t offset; /* in priv, of the value: uint32_t, uint64_t, uint32_t (0/1), char[32] */
	const char *initial; /* default, as text; "" for a number: stays 0 */
	uint64_t min, max; /* numbers only */
	const char *help; /* unit first: "bytes: size of the kernel's buffer" */
};

/* The capture's own counts, all since open(); what it does not know stays unknown. */
struct capture_counts {
	struct counter received; /* frames that it says it received */
	struct counter dropped; /* frames lost in its own ring or socket; never a frame that was delivered */
	struct counter if_dropped; /* frames that it says the interface dropped */
	struct counter left; /* frames in its memory that are not read yet */
	struct counter filtered; /* frames that its filter rejected; unknown where it does not count them */
	struct work_result work; /* what its work found; only with CAPTURE_WORKS_ITSELF */
};

struct capture_ops;

/*
 * Running counts of the polls of a capture whose reader never sleeps. The trial reads them at fire and at drained.
 * All 0 for other captures.
 */
struct capture_polls {
	_Atomic uint64_t all, empty; /* those without a frame */
	_Atomic uint64_t empty_ns; /* the shortest time between two empty polls; 0: there were no two */
};

/* One open capture. The core allocates it, with priv zeroed and params parsed. */
struct capture {
	const struct capture_ops *ops;
	void *priv; /* ops->priv_size bytes */
	const char *ifname; /* interface to capture on; promiscuous already */
	struct sink *sink; /* where poll() delivers */
	const struct trial *trial; /* its filter, its work */
	struct undo *undo; /* whatever alters the machine pushes its undo here first */
	struct outcome *outcome; /* knobs read back go here */
	uint32_t reader,
		readers; /* of how many (1 without CAPTURE_MANY_READERS); it reads rings reader, reader+readers, ... */
	struct capture_polls polls;
	uint64_t hold_ns; /* set by open(): how long a frame may at most wait in the capture before poll() sees it */
	struct err err;
};

struct capture_ops {
	const char *name; /* mandatory: folder, command line, record and plot key */
	const char *summary; /* mandatory: one line */
	uint32_t caps; /* enum capture_caps */
	size_t priv_size; /* 0: no private state; close() is then not called */
	const struct capture_param *params; /* ends with a NULL name; NULL if none */
	const char *ground; /* one sentence: why it cannot run on the common ground (trial/ground.h); NULL: it can */

	/*
	 * For a named set of knobs. The capture is `base`, unless the trial's setting of that name gives another; a set over
	 * another set sets the knobs of both. It has no hooks and no params, unless it adapts its knobs to the traffic: then
	 * open() comes after the base's, in the same thread, and pushes the undo of what will move; close() before the
	 * base's ends what moves it, and marks the outcome as failed if that had failed. NULL: this row is a
	 * capture.
	 */
	const char *base;
	const struct knob_value *knobs; /* ends with a NULL name; a knob that the trial sets itself wins */

	/* Are the settings, names included, valid together? Reads priv only; called when a trial is planned and before
	 * open(). 0, or -EINVAL with a message that names the setting. NULL = any values in range are valid. */
	int (*check)(const void *priv, struct err *e);
	/* Can this machine run it? 0, or -errno with a one-line reason. Changes nothing. NULL = always. */
	int (*probe)(struct err *why);
	/* Acquires everything; on failure undoes everything. NULL if nothing to do. */
	int (*open)(struct capture *c);
	/* Delivers at most budget frames to sink_packet(). Returns how many, 0 = none available now,
	 * or -errno. Never blocks. NULL only if the kernel consumes: then counts() reports what was delivered. */
	int (*poll)(struct capture *c, int budget);
	/* Sleeps until frames may be available or timeout_ns is over; returns 0. NULL = busy-poll. */
	int (*wait)(struct capture *c, uint64_t timeout_ns);
	/* Fills in what is known. NULL = nothing is. */
	int (*counts)(struct capture *c, struct capture_counts *counts);
	/* Never fails; safe after a failed open() and without open() (priv zeroed). NULL if nothing to do. */
	void (*close)(struct capture *c);
};

extern const struct capture_ops *const captures[]; /* ends with NULL */

const struct capture_ops *capture_find(const char *name);
/* The row directly below a named set, as the trial names it; NULL if ops is a capture or the name is unknown. */
const struct capture_ops *capture_base(const struct capture_ops *ops, const struct trial *t);
/* The capture that receives the frames: the one below all named sets, or ops itself. */
const struct capture_ops *capture_lowest(const struct capture_ops *ops, const struct trial *t);
/* The value that the trial's named sets give a knob; the outer set wins. NULL: none of them sets it. */
const struct knob_value *capture_set_knob(const struct capture_ops *ops, const struct trial *t, const char *name,
					  const struct capture_ops **set);
/* The named set of the trial that adapts (open), or NULL. */
const struct capture_ops *capture_adapts(const struct capture_ops *ops, const struct trial *t);
/* A parameter of this capture by its name; NULL: it has none of that name. */
const struct capture_param *capture_param_find(const struct capture_ops *ops, const char *name);
/* Does the kernel consume the frames, so that no reader checks sequence numbers? (null, or null below a named set) */
bool capture_kernel_consumes(const struct capture_ops *ops, const struct trial *t);
/* How many readers it can have on this number of CPUs: at most one for each ring. */
uint32_t capture_readers(const struct capture_ops *ops, const struct trial *t, uint32_t cpus);
/* Does it, or the capture below it, do the trial's work itself? */
bool capture_works_itself(const struct capture_ops *ops, const struct trial *t);
/* Does it, or its base, replace the NIC's driver? Then what is known of the machine's driver does not apply. */
bool capture_own_driver(const struct capture_ops *ops, const struct trial *t);
/* Fills priv from the trial's settings, as described by ops->params. */
int capture_params(struct capture *c, const struct trial *t);
/* The same check without a capture, for the plan. It does not check keys: harness/campaign/check_settings.h does. */
int capture_check(const struct trial *t, struct err *e);
/* Part of it: can base be the capture below the named set ops? 0, or -EINVAL with a message that names both. */
int capture_base_fits(const struct capture_ops *ops, const struct capture_ops *base, struct err *e);
int capture_new(struct capture *c, const struct capture_ops *ops, const struct trial *t, const char *ifname,
		struct sink *sink, struct undo *undo, struct outcome *o);
void capture_free(struct capture *c); /* close() and free; safe on a zeroed struct */

#endif
