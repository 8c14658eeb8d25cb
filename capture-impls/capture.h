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
	CAPTURE_NEEDS_MODULE = 1 << 1, /* a kernel module that the kernel's own package has not */
	CAPTURE_COUNTS_DROPS = 1 << 2, /* counts() knows dropped, on every interface */
	CAPTURE_TAKES_FRAMES = 1 << 3, /* the stack does not see the captured frames */
	CAPTURE_ALTERS_NIC = 1 << 4, /* sets knobs of the NIC or the kernel, with undo */
	CAPTURE_ZERO_COPY = 1 << 5,
	CAPTURE_WORKS_ITSELF =
		1 << 6, /* does the trial's work (harness/sink/work.h) where it is; the sink then does none */
	CAPTURE_OWN_DRIVER = 1 << 7, /* another driver than the machine's has the NIC meanwhile; never a base */
	CAPTURE_LOSES_VLAN = 1 << 8, /* a VLAN tag may be missing in the frame: the NIC or the kernel took it out */
	CAPTURE_DELIVERS_NOTHING = 1 << 9, /* an example, not a capture */
	CAPTURE_MANY_READERS =
		1 << 12, /* it has rings ("members"); of several readers each opens and reads its part of them */
	CAPTURE_NOT_BUILT = 1 << 10, /* what it is built from was not there: probe() says so, and it runs nowhere */
	CAPTURE_FILTERS = 1 << 11, /* open() sets the trial's filter (common/filter.h) before the first frame */
};

#define CAPTURE_BASE "base" /* setting of a named set of knobs: the capture under it */
#define CAPTURE_MEMBERS "members" /* the parameter of CAPTURE_MANY_READERS: its rings */
#define CAPTURE_NAME_MAX 32 /* room of a PARAM_NAME, with its 0 */

enum param_type { PARAM_U32, PARAM_U64, PARAM_BOOL, PARAM_NAME };

/* One option, set by `--set name=value`; parsed and range-checked by the core into priv at offset. */
struct capture_param {
	const char *name;
	enum param_type type;
	size_t offset; /* into priv: uint32_t, uint64_t, uint32_t (0/1), char[32] */
	const char *initial; /* default, as text; "" on a number: stays as the memory was zeroed */
	uint64_t min, max; /* numbers only */
	const char *help; /* unit first: "bytes: size of the kernel's buffer" */
};

/* What the capture itself knows; unknown stays unknown. All since open(). */
struct capture_counts {
	struct counter received; /* frames that it says it received */
	struct counter dropped; /* frames lost in its own ring or socket; never counts a frame that was delivered */
	struct counter if_dropped; /* frames that it says the interface dropped */
	struct counter left; /* frames in its memory that were not read when asked */
	struct counter filtered; /* frames that its filter rejected; unknown where it does not count them */
	struct work_result work; /* what its work found; only of a capture that works itself */
};

struct capture_ops;

/*
 * What a capture whose reader never sleeps tells of its polls, as they happen: the trial looks at fire and at drained.
 * All 0 of the others.
 */
struct capture_polls {
	_Atomic uint64_t all, empty; /* those without a frame */
	_Atomic uint64_t empty_ns; /* the least time from one empty poll to the next; 0: there were no two */
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
		readers; /* which of how many (1, but for CAPTURE_MANY_READERS): rings reader, reader + readers, ... */
	struct capture_polls polls;
	uint64_t hold_ns; /* set by open(): the longest that a frame may wait in the capture before poll() can see it */
	struct err err;
};

struct capture_ops {
	const char *name; /* mandatory: folder, command line, record and plot key */
	const char *summary; /* mandatory: one line */
	uint32_t caps; /* enum capture_caps */
	size_t priv_size; /* 0 if nothing is kept: then there is nothing to close, and close() is not called */
	const struct capture_param *params; /* ends with a NULL name; NULL if none */
	const char *ground; /* why it cannot run on the common ground of knobs, in one sentence; NULL: it does */

	/*
	 * A named set of knobs instead of a capture: it has no hooks and no params. What captures is `base`, unless the
	 * trial's setting of that name says another; a set over another set turns the knobs of both. NULL: a capture.
	 */
	const char *base;
	const struct knob_value *knobs; /* ends with a NULL name; a knob that the trial sets itself wins */

	/* Do the settings, names among them, fit together? Looks at priv alone: asked when a trial is planned and before
	 * open(). 0, or -EINVAL with a message that names the setting. NULL = all that are in range do. */
	int (*check)(const void *priv, struct err *e);
	/* Can this machine run it? 0, or -errno with a one-line reason. Changes nothing. NULL = always. */
	int (*probe)(struct err *why);
	/* Acquires everything; on failure undoes everything. NULL if nothing to do. */
	int (*open)(struct capture *c);
	/* Delivers at most budget frames to sink_packet(); how many, 0 = nothing there now,
	 * -errno. Never blocks. NULL only where the kernel itself is the consumer: then counts() says what was delivered. */
	int (*poll)(struct capture *c, int budget);
	/* Sleeps until frames may be there or timeout_ns is over: 0. NULL = busy-poll. */
	int (*wait)(struct capture *c, uint64_t timeout_ns);
	/* Fills what is known. NULL = nothing is. */
	int (*counts)(struct capture *c, struct capture_counts *counts);
	/* Never fails; safe after a failed open, and without one (priv zeroed). NULL if nothing to do. */
	void (*close)(struct capture *c);
};

extern const struct capture_ops *const captures[]; /* ends with NULL */

const struct capture_ops *capture_find(const char *name);
/* What is right under a named set, as the trial names it; NULL if ops is a capture or the name is unknown. */
const struct capture_ops *capture_base(const struct capture_ops *ops, const struct trial *t);
/* The capture that meets the frames: the one under a named set, or ops itself. */
const struct capture_ops *capture_lowest(const struct capture_ops *ops, const struct trial *t);
/* What the trial's named sets make of a knob, the outer one first; NULL: none of them has it. */
const struct knob_value *capture_set_knob(const struct capture_ops *ops, const struct trial *t, const char *name,
					  const struct capture_ops **set);
/* A parameter of the capture that meets the frames; NULL: it has none of that name. */
const struct capture_param *capture_param_find(const struct capture_ops *ops, const char *name);
/* Has it no reader of ours, so that no sequence number is checked? (null, or null under a named set) */
bool capture_kernel_consumes(const struct capture_ops *ops, const struct trial *t);
/* How many readers it can have on so many CPUs: one a ring at most. */
uint32_t capture_readers(const struct capture_ops *ops, const struct trial *t, uint32_t cpus);
/* Does it, or the capture under it, the trial's work itself? */
bool capture_works_itself(const struct capture_ops *ops, const struct trial *t);
/* Does it, or its base, bring a driver of its own? What is known of the machine's driver says nothing then. */
bool capture_own_driver(const struct capture_ops *ops, const struct trial *t);
/* Fills priv from the trial's settings by ops->params. */
int capture_params(struct capture *c, const struct trial *t);
/* The same check without a capture, for the plan. Keys are not its matter: harness/campaign/check_settings.h. */
int capture_check(const struct trial *t, struct err *e);
/* Part of it: can base stand under the named set ops? 0, or -EINVAL with a message that names both. */
int capture_base_fits(const struct capture_ops *ops, const struct capture_ops *base, struct err *e);
int capture_new(struct capture *c, const struct capture_ops *ops, const struct trial *t, const char *ifname,
		struct sink *sink, struct undo *undo, struct outcome *o);
void capture_free(struct capture *c); /* close() and free; safe on a zeroed struct */

#endif
