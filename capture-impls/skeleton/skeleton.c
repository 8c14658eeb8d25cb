// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * skeleton: where to start a new capture implementation. It compiles, opens,
 * and delivers nothing. Copy the folder, rename, add it to table.c, fill the
 * hooks; docs/adding-a-capture.md walks through it.
 */
#include <time.h>

#include "capture-impls/capture.h"

/* Everything that an open capture keeps. The core zeroes it and parses the params into it. */
struct skeleton {
	uint32_t ring_frames;
};

static const struct capture_param skeleton_params[] = {
	{ "ring_frames", PARAM_U32, offsetof(struct skeleton, ring_frames), "1024", 1, 1u << 20,
	  "frames: size of the ring" },
	{ 0 },
};

/* Optional. Say in one line what this machine lacks; change nothing. */
static int skeleton_probe(struct err *why)
{
	(void)why;
	return 0;
}

/* Optional. Acquire everything; on failure release what was acquired, set c->err and return -errno. */
static int skeleton_open(struct capture *c)
{
	(void)c;
	return 0;
}

/* Mandatory. At most budget frames, each to sink_packet(c->sink, data, caplen, len); return how many. */
static int skeleton_poll(struct capture *c, int budget)
{
	(void)c;
	(void)budget;
	return 0;
}

/* Optional (NULL: busy-poll). Sleep until frames may be there or the time is over. */
static int skeleton_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec ts = { timeout_ns / 1000000000, timeout_ns % 1000000000 };

	(void)c;
	nanosleep(&ts, NULL);
	return 0;
}

/* Optional. Fill what you know with counter_of(); leave the rest: unknown is not zero. */
static int skeleton_counts(struct capture *c, struct capture_counts *counts)
{
	(void)c;
	(void)counts;
	return 0;
}

/* Optional. Release everything; must be safe after a failed open. */
static void skeleton_close(struct capture *c)
{
	(void)c;
}

const struct capture_ops capture_skeleton = {
	.name = "skeleton",
	.summary = "a compiling example for new implementations; delivers nothing",
	.caps = CAPTURE_DELIVERS_NOTHING, /* what yours has instead: enum capture_caps */
	.priv_size = sizeof(struct skeleton),
	.params = skeleton_params,
	.probe = skeleton_probe,
	.open = skeleton_open,
	.poll = skeleton_poll,
	.wait = skeleton_wait,
	.counts = skeleton_counts,
	.close = skeleton_close,
};
