/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the captures over ykvm's rings: options and hooks. A capture's
 * private struct is, or begins with, struct ykvm_rings; its own open() says
 * what kind of ring it wants.
 */
#ifndef YKVM_RINGS_H
#define YKVM_RINGS_H

#include "capture-impls/capture.h"
#include "capture-impls/ykvm/lib/ykvm.h"

#define YKVM_RINGS_MAX 8
#define YKVM_SPREAD_HASH "hash"
#define YKVM_SPREAD_QUEUE "queue"

struct ykvm_rings {
	/* parameters */
	uint32_t buffers;
	uint32_t buffer_bytes;
	uint32_t snaplen;
	uint32_t wake_frames;
	uint32_t wake_usecs;
	uint32_t busy_usecs;
	uint32_t stamp;
	uint32_t overwrite;
	uint32_t members;
	uint32_t huge_pages;
	char spread[CAPTURE_NAME_MAX];

	struct ykvm *ring[YKVM_RINGS_MAX];
	uint32_t n;
	uint32_t next; /* the ring to read next */
};

/* Laid out by hand, since versions of clang-format disagree. */
/* clang-format off */
#define YKVM_PARAM(field, type, initial, low, high, help) \
	{ #field, PARAM_##type, offsetof(struct ykvm_rings, field), initial, low, high, help }
/* clang-format on */
/* Parameters of every ring. */
#define YKVM_PARAM_BUFFERS \
	YKVM_PARAM(buffers, U32, "1024", YKVM_SLOTS_MIN, YKVM_SLOTS_MAX, "frames: slots of a ring, a power of two")
/* For rings filled by the hook: a reader that shares its CPU with the softirq runs only every few ms. */
#define YKVM_PARAM_BUFFERS_HOOK \
	YKVM_PARAM(buffers, U32, "4096", YKVM_SLOTS_MIN, YKVM_SLOTS_MAX, "frames: slots of a ring, a power of two")
#define YKVM_PARAM_BUFFER_BYTES                                                             \
	YKVM_PARAM(buffer_bytes, U32, "2048", YKVM_BUFFER_BYTES_MIN, YKVM_BUFFER_BYTES_MAX, \
		   "bytes: size of a buffer, a power of two")
#define YKVM_PARAM_SNAPLEN \
	YKVM_PARAM(snaplen, U32, "", SINK_HEAD_BYTES, 262144, "bytes: most of a frame that is kept; unset: all")
#define YKVM_PARAM_WAKE_FRAMES \
	YKVM_PARAM(wake_frames, U32, "512", 1, YKVM_SLOTS_MAX, "frames: so many wake a sleeper; at most half a ring")
/* For rings filled by the hook: the delay that its users are used to. */
#define YKVM_PARAM_WAKE_FRAMES_HOOK \
	YKVM_PARAM(wake_frames, U32, "1", 1, YKVM_SLOTS_MAX, "frames: so many wake a sleeper; at most half a ring")
#define YKVM_PARAM_WAKE_USECS \
	YKVM_PARAM(wake_usecs, U32, "1000", 1, YKVM_USECS_MAX, "us: or the oldest that waits so long")
#define YKVM_PARAM_BUSY_USECS \
	YKVM_PARAM(busy_usecs, U32, "0", 0, YKVM_USECS_MAX, "us: the reader looks so long before it sleeps")
#define YKVM_PARAM_STAMP YKVM_PARAM(stamp, BOOL, "0", 0, 1, "0 or 1: the kernel reads the clock for each frame")
#define YKVM_PARAM_OVERWRITE \
	YKVM_PARAM(overwrite, BOOL, "1", 0, 1, "0 or 1: a full ring loses its oldest frame, or the newest")
#define YKVM_PARAMS_MEMBERS                                                                     \
	YKVM_PARAM(members, U32, "1", 1, YKVM_RINGS_MAX, "rings: frames are spread over them"), \
		YKVM_PARAM(spread, NAME, YKVM_SPREAD_HASH, 0, 0,                                \
			   "name: by which frames are spread: hash (of the flow), queue (NIC's queue)")

/* Parameters common to the rows whose rings the hook fills. */
#define YKVM_PARAMS_HOOK                                                                            \
	YKVM_PARAM_BUFFERS_HOOK, YKVM_PARAM_BUFFER_BYTES, YKVM_PARAM_OVERWRITE, YKVM_PARAM_SNAPLEN, \
		YKVM_PARAM_WAKE_FRAMES_HOOK, YKVM_PARAM_WAKE_USECS, YKVM_PARAM_BUSY_USECS, YKVM_PARAM_STAMP
/* For rows whose rings the NIC can fill: without what only the hook can do. */
#define YKVM_PARAMS_ZC                                                                           \
	YKVM_PARAM_BUFFERS, YKVM_PARAM_BUFFER_BYTES, YKVM_PARAM_SNAPLEN, YKVM_PARAM_WAKE_FRAMES, \
		YKVM_PARAM_WAKE_USECS, YKVM_PARAM_BUSY_USECS
#define YKVM_CAPS                                                                                                  \
	(CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS | \
	 CAPTURE_MANY_READERS)
#define YKVM_CAPS_ZC (YKVM_CAPS | CAPTURE_ALTERS_NIC | CAPTURE_TAKES_FRAMES | CAPTURE_ZERO_COPY | CAPTURE_OWN_DRIVER)
#define YKVM_RINGS_HOOKS \
	.poll = ykvm_rings_poll, .wait = ykvm_rings_wait, .counts = ykvm_rings_counts, .close = ykvm_rings_close

/* Opens `members` rings, with the trial's filter. Where a field of `kind` is 0, the parameters decide. */
int ykvm_rings_open(struct capture *c, const struct ykvm_config *kind);
/* Likewise, but opens each ring by a call that replaces ykvm_open(), with the same arguments and result. */
int ykvm_rings_open_by(struct capture *c, const struct ykvm_config *kind,
		       struct ykvm *(*open)(const struct ykvm_config *cfg, char *err));
int ykvm_rings_check(const char *name, const struct ykvm_rings *r, struct err *e); /* for check() */
/* Hooks. */
int ykvm_rings_probe(struct err *why);
int ykvm_rings_poll(struct capture *c, int budget);
int ykvm_rings_wait(struct capture *c, uint64_t timeout_ns);
int ykvm_rings_counts(struct capture *c, struct capture_counts *counts);
void ykvm_rings_close(struct capture *c);

#endif
