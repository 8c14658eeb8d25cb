/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's pktgen through /proc/net/pktgen: every write is read back. */
#ifndef RXLAB_PG_H
#define RXLAB_PG_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/record/frame_mix.h"
#include "harness/util/err.h"

#define PG_DIR "/proc/net/pktgen"

/* A device's report after the stop. */
struct pg_result {
	uint64_t sent;
	uint64_t usec; /* from the first frame to the stop */
	uint64_t pps;
	uint64_t errors;
};

/*
 * Writes a command to a file of PG_DIR and requires that the file then says "Result: OK" for command and value: an
 * ignored command leaves the answer of an earlier one.
 */
int pg_set(const char *file, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * Writes imix_weights, after pkt_size and clone_skb. The kernel (5.15 and newer) answers it with no result, so that an
 * earlier one's stays; but the device's file then lists the weights, which must be these. sizes: without FCS.
 */
int pg_set_mix(const char *file, const struct frame_mix *mix, struct err *e);
/* After the stop: adds the frames built of each size to sent[]. */
int pg_read_mix(const char *file, const struct frame_mix *mix, struct counter sent[MIX_SIZES_MAX], struct err *e);
/* The pure part of both: the values behind key in a list "SIZE,VALUE SIZE,VALUE"; -EINVAL if it is not of this mix. */
int pg_parse_mix(const char *text, const char *key, const struct frame_mix *mix, uint64_t values[MIX_SIZES_MAX]);
int pg_read(const char *file, struct pg_result *r, struct err *e);
bool pg_answers(const char *result, const char *command); /* result: from "Result:" on */
/* The pure part of pg_read(): parses the text of a device's file. -EINVAL if it holds no result of a run. */
int pg_parse(const char *text, struct pg_result *r);

#endif
