// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program of bpf-ringbuf, at traffic control's ingress. The verifier wants
 * the size of a reservation to be a constant, so there are a few sizes, and a
 * frame takes the smallest that holds it.
 */
#include <linux/pkt_cls.h>
#include <stddef.h>

#include "capture-impls/bpf-ringbuf/program.h"
#include "capture-impls/common/bpf_counts.h"

#define FRAME(member) ((int16_t)offsetof(struct bpf_ringbuf_frame, member))

/* Bytes of a frame. The first two are most of all traffic: small ones, and up to the usual MTU of 1500 with a tag. */
static const int32_t sizes[] = { 128, 1536, 4096, BPF_RINGBUF_FRAME_MAX };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Registers that calls preserve. */
enum { CONTEXT = BPF_REG_6, COUNTS = BPF_REG_7, LENGTH = BPF_REG_8, RECORD = BPF_REG_9 };

/* Label i is that of sizes[i]. */
enum { LOST = SIZES, DISCARD, OUT };

/* A frame of at most sizes[i]; of more, if it is the last. */
static void add_size(struct bpf_code *c, size_t i, int ring)
{
	bpf_code_label(c, i);
	if (i + 1 < SIZES)
		bpf_code_jump(c, BPF_JUMP_IMM(BPF_JGT, LENGTH, sizes[i], 0), i + 1);
	BPF_CODE(c, BPF_MAP(BPF_REG_1, ring), BPF_SET(BPF_REG_2, (int32_t)sizeof(struct bpf_ringbuf_frame) + sizes[i]),
		 BPF_SET(BPF_REG_3, 0), BPF_CALL_HELPER(BPF_FUNC_ringbuf_reserve));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JEQ, BPF_REG_0, 0, 0), LOST);
	BPF_CODE(c, BPF_MOVE(RECORD, BPF_REG_0), BPF_STORE(BPF_W, RECORD, FRAME(len), LENGTH),
		 BPF_MOVE(BPF_REG_4, LENGTH));
	if (i + 1 == SIZES)
		BPF_CODE(c, BPF_JUMP_IMM(BPF_JLE, BPF_REG_4, sizes[i], 1), BPF_SET(BPF_REG_4, sizes[i]));
	BPF_CODE(c, BPF_STORE(BPF_W, RECORD, FRAME(caplen), BPF_REG_4), BPF_MOVE(BPF_REG_1, CONTEXT),
		 BPF_SET(BPF_REG_2, 0), BPF_MOVE(BPF_REG_3, RECORD), BPF_DO_IMM(BPF_ADD, BPF_REG_3, FRAME(data)),
		 BPF_CALL_HELPER(BPF_FUNC_skb_load_bytes));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JNE, BPF_REG_0, 0, 0), DISCARD);
	/* No flag: the kernel wakes a reader that has read everything before this record. */
	BPF_CODE(c, BPF_MOVE(BPF_REG_1, RECORD), BPF_SET(BPF_REG_2, 0), BPF_CALL_HELPER(BPF_FUNC_ringbuf_submit));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JA, 0, 0, 0), OUT);
}

int bpf_ringbuf_program(int ring, int counts, struct err *e)
{
	struct bpf_code c = { 0 };
	size_t i;

	BPF_CODE(&c, BPF_MOVE(CONTEXT, BPF_REG_1), BPF_MAP_BYTES(COUNTS, counts, 0), BPF_COUNT(COUNTS, seen),
		 BPF_LOAD(BPF_W, LENGTH, CONTEXT, offsetof(struct __sk_buff, len)));
	/* Never below 1, but the helper must not be asked for 0 bytes. */
	bpf_code_jump(&c, BPF_JUMP_IMM(BPF_JLT, LENGTH, 1, 0), LOST);
	for (i = 0; i < SIZES; i++)
		add_size(&c, i, ring);
	bpf_code_label(&c, DISCARD);
	BPF_CODE(&c, BPF_MOVE(BPF_REG_1, RECORD), BPF_SET(BPF_REG_2, 0), BPF_CALL_HELPER(BPF_FUNC_ringbuf_discard));
	bpf_code_label(&c, LOST);
	BPF_CODE(&c, BPF_COUNT(COUNTS, lost));
	bpf_code_label(&c, OUT);
	/* The frame goes on: to other programs, and to the stack. */
	BPF_CODE(&c, BPF_SET(BPF_REG_0, TC_ACT_UNSPEC), BPF_RETURN());
	bpf_code_resolve(&c);
	return bpf_load(BPF_PROG_TYPE_SCHED_CLS, c.insn, c.n, "rxlab_ringbuf", e);
}
