// SPDX-License-Identifier: GPL-2.0-or-later
/* The XDP program of ykvm-xdp. Its stores are in the order that the reader needs, which x86 keeps. */
#include <errno.h>
#include <stddef.h>

#include "harness/util/bpf_code.h"
#include "capture-impls/ykvm-xdp/ring.h"

#define CONTROL(member) ((int16_t)offsetof(struct ykvm_xdp_control, member))
#define SLOT(member) ((int16_t)offsetof(struct ykvm_xdp_slot, member))
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Registers that calls preserve. */
enum { CONTEXT = BPF_REG_6, RING = BPF_REG_7, POSITION = BPF_REG_8, PLACE = BPF_REG_9 };

/* Jump targets, named before their positions are known. */
enum label { ROOM, NOT_READ, LONG, COPIED, UNREADABLE, DROP };

static void count(struct bpf_code *c, int16_t counter)
{
	BPF_CODE(c, BPF_LOAD(BPF_DW, BPF_REG_1, RING, counter), BPF_DO_IMM(BPF_ADD, BPF_REG_1, 1),
		 BPF_STORE(BPF_DW, RING, counter, BPF_REG_1));
}

/* All slots are full: drops the new frame, or overwrites the oldest one unless the reader holds it. */
static void when_full(struct bpf_code *c, const struct ykvm_xdp_size *size)
{
	if (!size->overwrite) {
		count(c, CONTROL(full));
		bpf_code_jump(c, BPF_JUMP_IMM(BPF_JA, 0, 0, 0), DROP);
		return;
	}
	BPF_CODE(c, BPF_MOVE(BPF_REG_2, POSITION), BPF_DO_IMM(BPF_SUB, BPF_REG_2, (int32_t)size->slots),
		 BPF_MOVE(BPF_REG_0, BPF_REG_2), BPF_MOVE(BPF_REG_3, BPF_REG_2), BPF_DO_IMM(BPF_ADD, BPF_REG_3, 1),
		 BPF_INSN(BPF_STX | BPF_ATOMIC | BPF_DW, RING, BPF_REG_3, CONTROL(oldest), BPF_CMPXCHG));
	bpf_code_jump(c, BPF_JUMP(BPF_JEQ, BPF_REG_0, BPF_REG_2, 0), NOT_READ);
	count(c, CONTROL(held));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JA, 0, 0, 0), DROP);
	bpf_code_label(c, NOT_READ);
	count(c, CONTROL(overwritten));
}

static void find_slot(struct bpf_code *c, const struct ykvm_xdp_size *size, int slots)
{
	BPF_CODE(c, BPF_MOVE(BPF_REG_1, POSITION), BPF_DO_IMM(BPF_AND, BPF_REG_1, (int32_t)size->slots - 1),
		 BPF_STORE(BPF_W, BPF_REG_10, -4, BPF_REG_1), BPF_MAP(BPF_REG_1, slots),
		 BPF_MOVE(BPF_REG_2, BPF_REG_10), BPF_DO_IMM(BPF_ADD, BPF_REG_2, -4),
		 BPF_CALL_HELPER(BPF_FUNC_map_lookup_elem));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JEQ, BPF_REG_0, 0, 0), UNREADABLE);
	BPF_CODE(c, BPF_MOVE(PLACE, BPF_REG_0));
}

/* Copies a frame of the shortest length (r2) to its slot, inline: half the cost of a helper call. */
static void copy_short(struct bpf_code *c)
{
	int16_t at;

	for (at = 0; at < YKVM_XDP_SHORT - 4; at += 8)
		BPF_CODE(c, BPF_LOAD(BPF_DW, BPF_REG_3, BPF_REG_2, at),
			 BPF_STORE(BPF_DW, PLACE, (int16_t)(SLOT(data) + at), BPF_REG_3));
	BPF_CODE(c, BPF_LOAD(BPF_W, BPF_REG_3, BPF_REG_2, at),
		 BPF_STORE(BPF_W, PLACE, (int16_t)(SLOT(data) + at), BPF_REG_3));
}

static void copy_frame(struct bpf_code *c, const struct ykvm_xdp_size *size)
{
	int32_t room = (int32_t)(size->slot_bytes - sizeof(struct ykvm_xdp_slot));

	BPF_CODE(c, BPF_LOAD(BPF_W, BPF_REG_2, CONTEXT, offsetof(struct xdp_md, data)),
		 BPF_LOAD(BPF_W, BPF_REG_5, CONTEXT, offsetof(struct xdp_md, data_end)), BPF_MOVE(BPF_REG_4, BPF_REG_5),
		 BPF_DO(BPF_SUB, BPF_REG_4, BPF_REG_2), BPF_STORE(BPF_W, PLACE, SLOT(len), BPF_REG_4),
		 BPF_MOVE(BPF_REG_3, BPF_REG_2), BPF_DO_IMM(BPF_ADD, BPF_REG_3, YKVM_XDP_SHORT));
	bpf_code_jump(c, BPF_JUMP(BPF_JGT, BPF_REG_3, BPF_REG_5, 0), LONG);
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JNE, BPF_REG_4, YKVM_XDP_SHORT, 0), LONG);
	BPF_CODE(c, BPF_STORE(BPF_W, PLACE, SLOT(caplen), BPF_REG_4));
	copy_short(c);
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JA, 0, 0, 0), COPIED);
	bpf_code_label(c, LONG);
	BPF_CODE(c, BPF_JUMP_IMM(BPF_JLE, BPF_REG_4, room, 1), BPF_SET(BPF_REG_4, room));
	/* Never below 1, but the helper must not be asked for 0 bytes. */
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JLT, BPF_REG_4, 1, 0), UNREADABLE);
	BPF_CODE(c, BPF_STORE(BPF_W, PLACE, SLOT(caplen), BPF_REG_4), BPF_MOVE(BPF_REG_1, CONTEXT),
		 BPF_SET(BPF_REG_2, 0), BPF_MOVE(BPF_REG_3, PLACE), BPF_DO_IMM(BPF_ADD, BPF_REG_3, SLOT(data)),
		 BPF_CALL_HELPER(BPF_FUNC_xdp_load_bytes));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JNE, BPF_REG_0, 0, 0), UNREADABLE);
	bpf_code_label(c, COPIED);
}

static void publish(struct bpf_code *c)
{
	BPF_CODE(c, BPF_DO_IMM(BPF_ADD, POSITION, 1), BPF_STORE(BPF_DW, PLACE, SLOT(stamp), POSITION),
		 BPF_STORE(BPF_DW, RING, CONTROL(next), POSITION), BPF_MOVE(BPF_REG_1, POSITION),
		 BPF_DO_IMM(BPF_AND, BPF_REG_1, YKVM_XDP_PUBLISH - 1), BPF_JUMP_IMM(BPF_JNE, BPF_REG_1, 0, 1),
		 BPF_STORE(BPF_DW, RING, CONTROL(published), POSITION));
}

/* Wakes a sleeping reader once: puts a record, whose content is unused, into a ring buffer that it polls. */
static void wake(struct bpf_code *c, int bell)
{
	BPF_CODE(c, BPF_LOAD(BPF_DW, BPF_REG_1, RING, CONTROL(wake_at)));
	bpf_code_jump(c, BPF_JUMP_IMM(BPF_JEQ, BPF_REG_1, 0, 0), DROP);
	bpf_code_jump(c, BPF_JUMP(BPF_JLT, POSITION, BPF_REG_1, 0), DROP);
	BPF_CODE(c, BPF_SET(BPF_REG_1, 0), BPF_STORE(BPF_DW, RING, CONTROL(wake_at), BPF_REG_1),
		 BPF_MAP(BPF_REG_1, bell), BPF_MOVE(BPF_REG_2, RING), BPF_SET(BPF_REG_3, sizeof(uint64_t)),
		 BPF_SET(BPF_REG_4, BPF_RB_FORCE_WAKEUP), BPF_CALL_HELPER(BPF_FUNC_ringbuf_output));
}

/* Jumps to ROOM unless all slots are full: judged by the last known `released`, then by its present value. */
static void look_for_room(struct bpf_code *c, const struct ykvm_xdp_size *size)
{
	const int16_t known[] = { CONTROL(seen), CONTROL(released) };
	size_t i;

	for (i = 0; i < LENGTH(known); i++) {
		BPF_CODE(c, BPF_LOAD(BPF_DW, BPF_REG_2, RING, known[i]), BPF_MOVE(BPF_REG_3, POSITION),
			 BPF_DO(BPF_SUB, BPF_REG_3, BPF_REG_2));
		if (known[i] != CONTROL(seen))
			BPF_CODE(c, BPF_STORE(BPF_DW, RING, CONTROL(seen), BPF_REG_2));
		bpf_code_jump(c, BPF_JUMP_IMM(BPF_JLT, BPF_REG_3, (int32_t)size->slots, 0), ROOM);
	}
}

int ykvm_xdp_program(const struct ykvm_xdp_size *size, int control, int slots, int bell, struct err *e)
{
	struct bpf_code c = { 0 };

	BPF_CODE(&c, BPF_MOVE(CONTEXT, BPF_REG_1), BPF_MAP_BYTES(RING, control, 0),
		 BPF_LOAD(BPF_DW, POSITION, RING, CONTROL(next)));
	look_for_room(&c, size);
	when_full(&c, size);
	bpf_code_label(&c, ROOM);
	find_slot(&c, size, slots);
	copy_frame(&c, size);
	publish(&c);
	wake(&c, bell);
	bpf_code_label(&c, DROP);
	BPF_CODE(&c, BPF_SET(BPF_REG_0, XDP_DROP), BPF_RETURN());
	bpf_code_label(&c, UNREADABLE);
	count(&c, CONTROL(unreadable));
	bpf_code_jump(&c, BPF_JUMP_IMM(BPF_JA, 0, 0, 0), DROP);
	bpf_code_resolve(&c);
	return bpf_xdp_load(c.insn, c.n, "rxlab_ykvm", e);
}
