// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "harness/util/bpf.h"
#include "generators/xdp-live/program.h"
#include "harness/sink/sink.h"

#define PROGRAM_MAX 64
#define STACK_KEY (-4)
#define STACK_DUE (-16)
#define STATE(field) ((int16_t)offsetof(struct live_state, field))
#define DROP 0x7fff /* a jump offset that means the end; replaced when that is known */

struct text {
	struct bpf_insn insn[PROGRAM_MAX];
	uint32_t n;
};

static void append(struct text *p, const struct bpf_insn *insn, uint32_t n)
{
	memcpy(p->insn + p->n, insn, n * sizeof(*insn));
	p->n += n;
}
#define APPEND(p, ...)                                       \
	append(p, (const struct bpf_insn[]) { __VA_ARGS__ }, \
	       sizeof((const struct bpf_insn[]) { __VA_ARGS__ }) / sizeof(struct bpf_insn))

/* r7: the frame, long enough; r8: the state; r9: the frame's number from 0. */
static void append_begin(struct text *p, int state)
{
	APPEND(p, BPF_LOAD(BPF_W, BPF_REG_7, BPF_REG_1, offsetof(struct xdp_md, data)),
	       BPF_LOAD(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data_end)), BPF_MOVE(BPF_REG_3, BPF_REG_7),
	       BPF_DO_IMM(BPF_ADD, BPF_REG_3, SINK_HEAD_BYTES), BPF_JUMP(BPF_JGT, BPF_REG_3, BPF_REG_2, DROP),
	       BPF_MAP_BYTES(BPF_REG_8, state, 0), BPF_LOAD(BPF_DW, BPF_REG_9, BPF_REG_8, STATE(sent)),
	       BPF_LOAD(BPF_DW, BPF_REG_2, BPF_REG_8, STATE(count)), BPF_JUMP(BPF_JGE, BPF_REG_9, BPF_REG_2, DROP));
}

/* r0: now. */
static void append_pace(struct text *p, int due)
{
	APPEND(p, BPF_STORE(BPF_W, BPF_REG_10, STACK_KEY, BPF_REG_9), BPF_MAP(BPF_REG_1, due),
	       BPF_MOVE(BPF_REG_2, BPF_REG_10), BPF_DO_IMM(BPF_ADD, BPF_REG_2, STACK_KEY),
	       BPF_CALL_HELPER(BPF_FUNC_map_lookup_elem), BPF_JUMP_IMM(BPF_JEQ, BPF_REG_0, 0, DROP),
	       BPF_LOAD(BPF_DW, BPF_REG_1, BPF_REG_0, 0), BPF_STORE(BPF_DW, BPF_REG_10, STACK_DUE, BPF_REG_1),
	       BPF_CALL_HELPER(BPF_FUNC_ktime_get_ns), BPF_LOAD(BPF_DW, BPF_REG_1, BPF_REG_10, STACK_DUE),
	       BPF_LOAD(BPF_DW, BPF_REG_2, BPF_REG_8, STATE(start_ns)), BPF_DO(BPF_ADD, BPF_REG_1, BPF_REG_2),
	       BPF_JUMP(BPF_JLT, BPF_REG_0, BPF_REG_1, DROP));
}

/* Makes a time stamp for the frame from r0, the time now. */
static void append_stamp(struct text *p)
{
	APPEND(p, BPF_STORE(BPF_DW, BPF_REG_8, STATE(last_ns), BPF_REG_0), BPF_JUMP_IMM(BPF_JNE, BPF_REG_9, 0, 1),
	       BPF_STORE(BPF_DW, BPF_REG_8, STATE(first_ns), BPF_REG_0),
	       BPF_LOAD(BPF_DW, BPF_REG_2, BPF_REG_8, STATE(realtime_ns)), BPF_DO(BPF_ADD, BPF_REG_0, BPF_REG_2),
	       BPF_MOVE(BPF_REG_1, BPF_REG_0), BPF_DO_IMM(BPF_DIV, BPF_REG_1, 1000000000),
	       BPF_DO_IMM(BPF_MOD, BPF_REG_0, 1000000000), BPF_DO_IMM(BPF_DIV, BPF_REG_0, 1000),
	       BPF_DO_IMM(BPF_LSH, BPF_REG_1, 32), BPF_DO(BPF_OR, BPF_REG_1, BPF_REG_0), BPF_SWAP_BE(BPF_REG_1, 64),
	       BPF_STORE(BPF_DW, BPF_REG_8, STATE(stamp), BPF_REG_1));
}

static void append_send(struct text *p)
{
	APPEND(p, BPF_DO_IMM(BPF_ADD, BPF_REG_9, 1), BPF_STORE(BPF_DW, BPF_REG_8, STATE(sent), BPF_REG_9),
	       BPF_LOAD(BPF_DW, BPF_REG_1, BPF_REG_8, STATE(stamp)), BPF_SWAP_BE(BPF_REG_9, 32),
	       BPF_STORE(BPF_W, BPF_REG_7, SINK_OFF_SEQ, BPF_REG_9),
	       BPF_STORE(BPF_DW, BPF_REG_7, SINK_OFF_STAMP, BPF_REG_1), BPF_SET(BPF_REG_0, XDP_TX), BPF_RETURN());
}

static void append_drop(struct text *p)
{
	uint32_t i, end = p->n;

	for (i = 0; i < end; i++)
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP && p->insn[i].off == DROP)
			p->insn[i].off = (int16_t)(end - i - 1);
	APPEND(p, BPF_SET(BPF_REG_0, XDP_DROP), BPF_RETURN());
}

int live_program(int state, int due, struct err *e)
{
	struct text p = { .n = 0 };
	uint32_t skip;

	append_begin(&p, state);
	if (due >= 0) {
		append_pace(&p, due);
		append_stamp(&p);
	} else {
		APPEND(&p, BPF_MOVE(BPF_REG_2, BPF_REG_9), BPF_DO_IMM(BPF_AND, BPF_REG_2, LIVE_STAMP_EVERY - 1));
		skip = p.n;
		APPEND(&p, BPF_JUMP_IMM(BPF_JNE, BPF_REG_2, 0, 0), BPF_CALL_HELPER(BPF_FUNC_ktime_get_ns));
		append_stamp(&p);
		p.insn[skip].off = (int16_t)(p.n - skip - 1);
	}
	append_send(&p);
	append_drop(&p);
	return bpf_xdp_load(p.insn, p.n, "rxlab_live", e);
}
