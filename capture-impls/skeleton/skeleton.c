// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * skeleton: where to start a new capture implementation. It compiles, opens,
 * and delivers nothing. docs/adding-a-capture.md copies, renames and registers
 * it; then fill the hooks. tests/netns/mycap.c is one that is filled.
 *
 * In the place of this, say how a frame comes to the reader and what this does
 * to the machine.
 */
#include <time.h>

#include "capture-impls/capture.h"

/*
 * Everything that an open capture keeps. The core zeroes it and parses the params into it. A file descriptor in it is
 * then 0, which is somebody else's: note beside it whether it is open.
 */
struct skeleton {
	uint32_t ring_frames;
};

static const struct capture_param skeleton_params[] = {
	{ "ring_frames", PARAM_U32, offsetof(struct skeleton, ring_frames), "1024", 1, 1u << 20,
	  "frames: size of the ring" },
	{ 0 },
};

/* Optional. Say in one line what this machine lacks, by err_set(why, -errno, ...); change nothing. */
static int skeleton_probe(struct err *why)
{
	(void)why;
	return 0;
}

/*
 * Optional. Acquire everything, or release what was acquired and return err_sys(&c->err, ...), which adds errno's words, or
 * err_set(&c->err, -errno, ...). c->ifname may not be there: if_nametoindex() is then 0, which is every interface.
 */
static int skeleton_open(struct capture *c)
{
	(void)c;
	return 0;
}

/*
 * Mandatory. At most budget frames, each to sink_packet(c->sink, data, caplen, len); return how many, 0 when none is there
 * now, or as open() on an error. Never sleep.
 */
static int skeleton_poll(struct capture *c, int budget)
{
	(void)c;
	(void)budget;
	return 0;
}

/* Optional (NULL: busy-poll). Sleep until frames may be there or the time is over. EINTR is no error: return 0. */
static int skeleton_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec ts = { timeout_ns / 1000000000, timeout_ns % 1000000000 };

	(void)c;
	nanosleep(&ts, NULL);
	return 0;
}

/*
 * Optional. Fill what you know with counter_of(); leave the rest: unknown is not zero. All since open(), and asked more than
 * once: add up what the kernel sets back by reading.
 */
static int skeleton_counts(struct capture *c, struct capture_counts *counts)
{
	(void)c;
	(void)counts;
	return 0;
}

/* Optional. Release everything; must be safe after a failed open, and where open() was never called. */
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
