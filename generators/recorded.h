/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frame times from a file: a text for arrivals_read_trace(), or a capture (pcap, pcapng) of any link type. */
#ifndef RXLAB_RECORDED_H
#define RXLAB_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generators/pcapfile.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

extern const char *const recorded_long[],
	*const recorded_sort[]; /* words of gen.long (enum pcapfile_long) and gen.sort */

struct recorded {
	int64_t *times; /* rising, ps */
	size_t n;
	bool loops; /* the file is repeated, a mean gap after its last frame, until the trial's count is sent */
};

int recorded_load(struct recorded *r, const char *path, bool sort, struct err *e);
/* The frames of gen.pcap as the trial sends them, after gen.sort and gen.long. */
int recorded_frames(struct pcapfile *f, const struct trial *t, struct err *e);
/* Reads the file of the trial's times; -ENOENT if the trial uses none, or the file does not exist. */
int recorded_of_trial(struct recorded *r, const struct trial *t, struct err *e);
void recorded_free(struct recorded *r); /* safe on a zeroed struct */

/* Frames a second over the part that count frames use; -EINVAL if it has no rate: one frame, or all at one time. */
int recorded_rate(const struct recorded *r, uint64_t count, double *rate, struct err *e);
/* Time of frame i in ns after the first, at this mean rate. i must be below n unless r loops. */
uint64_t recorded_due(const struct recorded *r, uint64_t count, uint64_t i, double rate);
/* Frames a second of all senders: the trial's rate, or exactly the file's (gen.speed with a rate); 0: max. -errno. */
int recorded_asked(const struct trial *t, double *rate, struct err *e);
uint64_t recorded_whole(double rate); /* as a trial's rate: rounded to packets a second, at least 1 */
/* Can it provide count frames at a paced rate? Else -EINVAL. */
int recorded_check(const struct recorded *r, uint64_t count, struct err *e);

#endif
