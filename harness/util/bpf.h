/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BPF programs of a few instructions, written as arrays and loaded by the
 * system call: no compiler, no library, no object file. Everything is held by
 * file descriptors, so that nothing outlives the process that made it.
 */
#ifndef RXLAB_BPF_H
#define RXLAB_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/util/err.h"

/* Names for the instructions. A jump's offset counts from the next instruction. */
#define BPF_INSN(c, d, s, o, i) \
	((struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (int)(i) })
#define BPF_LOAD(size, dst, src, off) BPF_INSN(BPF_LDX | BPF_MEM | (size), dst, src, off, 0)
#define BPF_STORE(size, dst, off, src) BPF_INSN(BPF_STX | BPF_MEM | (size), dst, src, off, 0)
#define BPF_STORE_IMM(size, dst, off, imm) BPF_INSN(BPF_ST | BPF_MEM | (size), dst, 0, off, imm)
/* Loads from the packet in R6 into R0, in host byte order. */
#define BPF_LOAD_PACKET(size, off) BPF_INSN(BPF_LD | BPF_ABS | (size), 0, 0, 0, off)
#define BPF_MOVE(dst, src) BPF_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define BPF_SET(dst, imm) BPF_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define BPF_DO(op, dst, src) BPF_INSN(BPF_ALU64 | (op) | BPF_X, dst, src, 0, 0)
#define BPF_DO_IMM(op, dst, imm) BPF_INSN(BPF_ALU64 | (op) | BPF_K, dst, 0, 0, imm)
#define BPF_JUMP(op, dst, src, off) BPF_INSN(BPF_JMP | (op) | BPF_X, dst, src, off, 0)
#define BPF_JUMP_IMM(op, dst, imm, off) BPF_INSN(BPF_JMP | (op) | BPF_K, dst, 0, off, imm)
/* An immediate above INT32_MAX would be sign-extended by the above. */
#define BPF_JUMP32_IMM(op, dst, imm, off) BPF_INSN(BPF_JMP32 | (op) | BPF_K, dst, 0, off, imm)
#define BPF_SWAP_BE(dst, bits) BPF_INSN(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits)
#define BPF_CALL_HELPER(id) BPF_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define BPF_RETURN() BPF_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* Two instructions each: load the map itself, or the address of a byte in the value of an array's element 0. */
#define BPF_MAP(dst, fd) BPF_INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd), BPF_INSN(0, 0, 0, 0, 0)
#define BPF_MAP_BYTES(dst, fd, at) \
	BPF_INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_VALUE, 0, fd), BPF_INSN(0, 0, 0, 0, at)

/* Keys have 4 bytes; a ring buffer has none, and value_bytes 0. name: 15 characters at most. An fd, or -errno. */
int bpf_map_new(enum bpf_map_type type, const char *name, uint32_t value_bytes, uint32_t entries, uint32_t flags,
		struct err *e);
int bpf_map_get(int map, uint32_t i, void *value, struct err *e);
int bpf_map_put(int map, uint32_t i, const void *value, struct err *e);
/* Returns a file descriptor, or -errno with the verifier's last words. */
int bpf_load(enum bpf_prog_type type, const struct bpf_insn *insn, uint32_t n, const char *name, struct err *e);
int bpf_xdp_load(const struct bpf_insn *insn, uint32_t n, const char *name, struct err *e); /* loads an XDP program */
/*
 * Puts the program on the interface (flags: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE) and waits until the link is back:
 * many drivers take it down for that. It stays there until the file descriptor that this returns is closed.
 */
int bpf_xdp_attach(int prog, const char *ifname, uint32_t flags, struct err *e);
/*
 * The same at traffic control's ingress hook, for a program of type BPF_PROG_TYPE_SCHED_CLS, by a link ("tcx", Linux 6.6).
 * -EINVAL from a kernel that has none.
 */
int bpf_tcx_attach(int prog, const char *ifname, struct err *e);
/* Can this process load programs? For probe(): 0, or -errno with a reason. */
int bpf_probe(struct err *why);
/* Number of receive queues of an interface; 0: there is none of that name. */
uint32_t bpf_xdp_queues(const char *ifname);

#endif
