// SPDX-License-Identifier: GPL-2.0-or-later
/* The BPF programs of injected faults at the interfaces, and their attachment. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <unistd.h>

#include "harness/dut/clsact.h"
#include "harness/util/bpf.h"
#include "harness/util/tc.h"
#include "harness/trial/fault.h"
#include "harness/sink/sink.h"

#define PAYLOAD_OFF SINK_HEAD_BYTES

/* To the tail, which does nothing to a frame; finish() puts in how far that is. */
#define UNLESS(op, d, i) BPF_JUMP32_IMM(op, d, i, 0)

#define PROGRAM_MAX 48

struct program {
	struct bpf_insn insn[PROGRAM_MAX];
	uint32_t n;
};

static void add(struct program *p, struct bpf_insn i)
{
	p->insn[p->n++] = i;
}

/* Every UNLESS() goes to the tail. */
static void finish(struct program *p, int others)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP32 && !p->insn[i].off)
			p->insn[i].off = (int16_t)(p->n - i - 1);
	add(p, BPF_SET(BPF_REG_0, others));
	add(p, BPF_RETURN());
}

static void add_range(struct program *p, int reg, const struct fault *fault)
{
	add(p, UNLESS(BPF_JLT, reg, fault->first));
	add(p, UNLESS(BPF_JGT, reg, fault->last));
}

/* r6 = the frame, r7 = its number; other frames go to the tail. */
static void add_egress_head(struct program *p, const struct fault *fault)
{
	add(p, BPF_MOVE(BPF_REG_6, BPF_REG_1));
	add(p, BPF_LOAD_PACKET(BPF_W, SINK_OFF_MAGIC));
	add(p, UNLESS(BPF_JNE, BPF_REG_0, SINK_MAGIC));
	add(p, BPF_LOAD_PACKET(BPF_W, SINK_OFF_SEQ));
	add(p, BPF_MOVE(BPF_REG_7, BPF_REG_0));
	add_range(p, BPF_REG_7, fault);
}

/* Stores what lies at the end of the stack into the frame. */
static void add_store(struct program *p, int to, int bytes)
{
	add(p, BPF_MOVE(BPF_REG_1, BPF_REG_6));
	add(p, BPF_SET(BPF_REG_2, to));
	add(p, BPF_MOVE(BPF_REG_3, BPF_REG_10));
	add(p, BPF_DO_IMM(BPF_ADD, BPF_REG_3, -bytes));
	add(p, BPF_SET(BPF_REG_4, bytes));
	add(p, BPF_SET(BPF_REG_5, 0));
	add(p, BPF_CALL_HELPER(BPF_FUNC_skb_store_bytes));
}

static void add_flip(struct program *p)
{
	add(p, BPF_STORE_IMM(BPF_B, BPF_REG_10, -1, 1)); /* pktgen's payload is all zero */
	add_store(p, PAYLOAD_OFF, 1);
}

static void add_swap(struct program *p, const struct fault *fault)
{
	add(p, BPF_DO_IMM(BPF_SUB, BPF_REG_7, fault->first));
	add(p, BPF_DO_IMM(BPF_XOR, BPF_REG_7, 1));
	add(p, BPF_DO_IMM(BPF_ADD, BPF_REG_7, fault->first));
	add(p, BPF_SWAP_BE(BPF_REG_7, 32));
	add(p, BPF_STORE(BPF_W, BPF_REG_10, -4, BPF_REG_7));
	add_store(p, SINK_OFF_SEQ, 4);
}

static int egress_load(const struct fault *fault, struct err *e)
{
	struct program p = { .n = 0 };

	add_egress_head(&p, fault);
	if (fault->kind == FAULT_SWALLOW) {
		add(&p, BPF_SET(BPF_REG_0, TC_ACT_STOLEN));
		add(&p, BPF_RETURN());
	} else if (fault->kind == FAULT_FLIP) {
		add_flip(&p);
	} else {
		add_swap(&p, fault);
	}
	finish(&p, TC_ACT_OK);
	return bpf_load(BPF_PROG_TYPE_SCHED_CLS, p.insn, p.n, "rxlab_fault", e);
}

/* Undo step: the interface's usual queueing discipline comes back. */
static int netem_remove(const char *target, const char *value, struct err *e)
{
	(void)value;
	return tc_root_remove(target, e);
}

/* A program that clones would hit a BUG_ON() of pskb_expand_head(): pktgen keeps a reference to its frames. */
int fault_netem(const char *ifname, struct undo *u, struct err *e)
{
	const struct tc_netem_qopt always = { .limit = 1000, .duplicate = UINT32_MAX };
	int r = undo_push(u, netem_remove, ifname, "");

	return r ? r : tc_netem_add(ifname, &always, e);
}

int fault_egress(const struct fault *p, const char *ifname, struct undo *u, struct err *e)
{
	int program = egress_load(p, e), r;

	if (program < 0)
		return program;
	r = clsact_lend(u, ifname, e);
	r = r ? r : tc_bpf_add(ifname, TC_EGRESS, program, "fault", e);
	close(program);
	return r;
}

int fault_xdp(struct fault *fault, const char *ifname, struct err *e)
{
	struct program p = { .n = 0 };
	int fd;

	add(&p, BPF_LOAD(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)));
	add(&p, BPF_LOAD(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, data_end)));
	add(&p, BPF_MOVE(BPF_REG_4, BPF_REG_2));
	add(&p, BPF_DO_IMM(BPF_ADD, BPF_REG_4, SINK_OFF_STAMP));
	/* Too short a frame: over what follows and the drop, to the tail. */
	add(&p, BPF_JUMP(BPF_JGT, BPF_REG_4, BPF_REG_3, 9));
	add(&p, BPF_LOAD(BPF_W, BPF_REG_5, BPF_REG_2, SINK_OFF_MAGIC));
	add(&p, BPF_SWAP_BE(BPF_REG_5, 32));
	add(&p, UNLESS(BPF_JNE, BPF_REG_5, SINK_MAGIC));
	add(&p, BPF_LOAD(BPF_W, BPF_REG_5, BPF_REG_2, SINK_OFF_SEQ));
	add(&p, BPF_SWAP_BE(BPF_REG_5, 32));
	add_range(&p, BPF_REG_5, fault);
	add(&p, BPF_SET(BPF_REG_0, XDP_DROP));
	add(&p, BPF_RETURN());
	finish(&p, XDP_PASS);
	fd = bpf_xdp_load(p.insn, p.n, "rxlab_fault", e);
	if (fd < 0)
		return fd;
	fault->xdp_link = bpf_xdp_attach(fd, ifname, XDP_FLAGS_DRV_MODE, e);
	close(fd);
	return fault->xdp_link < 0 ? fault->xdp_link : 0;
}
