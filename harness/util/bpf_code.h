/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small assembler for BPF programs that branch: instructions are added one
 * after another, jump targets are named before their positions are known.
 */
#ifndef RXLAB_BPF_CODE_H
#define RXLAB_BPF_CODE_H

#include <stddef.h>

#include "harness/util/bpf.h"

#define BPF_CODE_INSNS 256
#define BPF_CODE_LABELS 16

/* Begins zeroed. */
struct bpf_code {
	struct bpf_insn insn[BPF_CODE_INSNS];
	uint32_t n;
	uint32_t at[BPF_CODE_LABELS]; /* position of each label */
	int8_t to[BPF_CODE_INSNS]; /* for each instruction, 1 + the label that it jumps to; 0: none */
};

void bpf_code_add(struct bpf_code *c, const struct bpf_insn *insn, size_t n);
/* One instruction that jumps to a label, an index below BPF_CODE_LABELS. */
void bpf_code_jump(struct bpf_code *c, struct bpf_insn insn, unsigned int label);
/* The label is here: at the next instruction. */
void bpf_code_label(struct bpf_code *c, unsigned int label);
/* Once, at the end: fills in how far each jump goes. */
void bpf_code_resolve(struct bpf_code *c);

/* Adds the instructions that are named. */
#define BPF_CODE(c, ...)                                               \
	do {                                                           \
		const struct bpf_insn part[] = { __VA_ARGS__ };        \
		bpf_code_add(c, part, sizeof(part) / sizeof(part[0])); \
	} while (0)

#endif
