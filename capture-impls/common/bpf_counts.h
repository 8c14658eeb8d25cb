/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of bpf-ringbuf and bpf-perfbuf count themselves: a BPF
 * array of one element, added to atomically, since several CPUs may run them.
 */
#ifndef RXLAB_BPF_COUNTS_H
#define RXLAB_BPF_COUNTS_H

#include "capture-impls/capture.h"
#include "harness/util/bpf_code.h"

struct bpf_counts {
	uint64_t seen; /* frames that came to the program */
	uint64_t lost; /* of these, those for which the buffer had no room */
};

/* Adds 1 to the member whose address is reg + offset; r1 is lost. */
#define BPF_COUNT(reg, member)                                                         \
	BPF_SET(BPF_REG_1, 1), BPF_INSN(BPF_STX | BPF_ATOMIC | BPF_DW, reg, BPF_REG_1, \
					(int16_t)offsetof(struct bpf_counts, member), BPF_ADD)

int bpf_counts_new(struct err *e); /* the map; its owner closes it */
/* Fills received, dropped, and left: what was received less `read`, the frames that the caller has read. */
int bpf_counts_fill(struct capture *c, int map, uint64_t read, struct capture_counts *counts);

#endif
