// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module can do beyond taking frames into one ring, in the guest, over
 * a veth pair: members of a group, tap, filters, time stamps. TAP on stdout;
 * exit 0: all passed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

static void test_two_openers(void)
{
	struct guest_ring a, b;

	pair_ring(&a, (struct ykvm_setup) { .slots = 64 }, 0);
	IS(guest_open(&b, &(struct ykvm_setup) { .slots = 64 }), 1, "a second client");
	IS(pair_bind(&b, 0, 0, 1), -EBUSY, "M7 on the same interface: EBUSY");
	IS(pair_bind(&b, YKVM_BIND_TAP, 0, 1), -EBUSY, "M7 as a tap: EBUSY too");
	IS(pair_bind(&b, 0, 1, 2), -EBUSY, "as a member of a group that the first is not in: EBUSY");
	guest_close(&a);
	IS(pair_bind(&b, 0, 0, 1), 0, "when the first has gone: bound");
	pair_send(3, 60);
	IS(guest_drop_all(&b), 3, "and frames come");
	guest_close(&b);
}

/* UDP between 10.0.0.1 and .2, of a flow, in either direction; the last byte is its number. */
static void send_udp(uint8_t flow, bool back, uint8_t number)
{
	uint8_t f[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17 };
	uint8_t *ip = f + 26, *ports = f + 34;

	memcpy(ip, back ? "\x0a\0\0\2\x0a\0\0\1" : "\x0a\0\0\1\x0a\0\0\2", 8);
	ports[back ? 2 : 0] = 4;
	ports[back ? 3 : 1] = flow;
	ports[back ? 0 : 2] = 9;
	f[39] = 26;
	f[59] = number;
	pair_transmit(f, sizeof(f));
}

/* Which flows a member got, and how often each frame was seen. */
static uint32_t collect(struct guest_ring *g, bool *flows, uint8_t *seen)
{
	struct ykvm_batch b = ykvm_reader_take(&g->reader, g->setup.slots);
	const uint8_t *data;
	uint32_t n = 0;

	for (; ykvm_batch_next(&b, &data); n++) {
		flows[data[35] ? data[35] : data[37]] = true;
		seen[data[59]]++;
	}
	ykvm_reader_release(&g->reader, &b);
	return n;
}

static void test_members(void)
{
	struct ykvm_setup want = { .slots = 256, .flags = YKVM_SETUP_DROP_NEWEST };
	bool flows[2][256] = { { false } };
	uint8_t seen[256] = { 0 };
	struct guest_ring g[2];
	unsigned int i, shared = 0, once = 0;
	uint32_t n[2];
	int stack = guest_stack(IN, 0x800);

	guest_open(&g[0], &want);
	guest_open(&g[1], &want);
	IS(pair_bind(&g[1], 0, 1, 2), 0, "the second member");
	for (i = 0; i < 200; i++)
		send_udp((uint8_t)(1 + i % 50), i % 100 >= 50, (uint8_t)i);
	usleep(20000);
	n[1] = collect(&g[1], flows[1], seen);
	IS(n[1] > 0 && n[1] < 200, 1, "gets a part of the flows");
	IS(pair_stack_count(stack), 200 - n[1], "the other part stays with the stack");
	IS(pair_bind(&g[0], 0, 1, 2), -EBUSY, "the same member again: EBUSY");
	IS(pair_bind(&g[0], 0, 0, 3), -EBUSY, "a group of another size: EBUSY");
	IS(pair_bind(&g[0], 0, 0, 2), 0, "the first member");
	memset(seen, 0, sizeof(seen));
	memset(flows, 0, sizeof(flows));
	for (i = 0; i < 200; i++)
		send_udp((uint8_t)(1 + i % 50), i % 100 >= 50, (uint8_t)i);
	usleep(20000);
	n[0] = collect(&g[0], flows[0], seen);
	n[1] = collect(&g[1], flows[1], seen);
	for (i = 0; i < 256; i++) {
		shared += flows[0][i] && flows[1][i];
		once += seen[i] == 1;
	}
	IS(n[0] > 0 && n[1] > 0 && once == 200 && n[0] + n[1] == 200, 1, "two members: each frame exactly once");
	IS(shared, 0, "each flow in one ring, both directions of it");
	IS(pair_stack_count(stack), 0, "and nothing for the stack");
	close(stack);
	guest_close(&g[0]);
	guest_close(&g[1]);
}

/* A veth pair as made by default has one queue: all flows are its member's. */
static void test_members_by_queue(void)
{
	struct ykvm_setup want = { .slots = 256, .flags = YKVM_SETUP_DROP_NEWEST };
	struct guest_ring g[2];
	unsigned int i;

	guest_open(&g[0], &want);
	guest_open(&g[1], &want);
	IS(pair_bind(&g[0], YKVM_BIND_QUEUE, 0, 2), 0, "a member by queue");
	IS(pair_bind(&g[1], 0, 1, 2), -EBUSY, "one of the same group by flow: EBUSY");
	IS(pair_bind(&g[1], YKVM_BIND_QUEUE, 1, 2), 0, "the other member by queue");
	for (i = 0; i < 100; i++)
		send_udp((uint8_t)(1 + i % 50), i >= 50, (uint8_t)i);
	usleep(20000);
	IS(guest_drop_all(&g[0]), 100, "the first queue's member gets all of one queue");
	IS(guest_drop_all(&g[1]), 0, "the other one nothing");
	guest_close(&g[0]);
	guest_close(&g[1]);
}

static void test_tap(void)
{
	int stack = guest_stack(IN, TYPE);
	struct guest_ring g;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	pair_send(20, 60);
	IS(guest_drop_all(&g), 20, "taken: in the ring");
	IS(pair_stack_count(stack), 0, "and not in the stack");
	guest_ioctl(g.fd, YKVM_UNBIND, NULL);
	IS(pair_bind(&g, YKVM_BIND_TAP, 0, 1), 0, "as a tap");
	pair_send(30, 60);
	IS(guest_drop_all(&g), 30, "in the ring");
	IS(pair_stack_count(stack), 30, "and in the stack");
	pair_send(100, 60);
	IS(guest_stats(&g).overwritten, 36, "a full ring loses its own");
	IS(pair_stack_count(stack), 100, "the stack loses nothing");
	guest_close(&g);
	pair_send(5, 60);
	IS(pair_stack_count(stack), 5, "closed: the stack goes on");
	close(stack);
}

static int set_classic(const struct guest_ring *g, const struct sock_filter *insns, uint32_t len)
{
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = len, .insns = (uintptr_t)insns };

	return guest_ioctl(g->fd, YKVM_FILTER, &f);
}

static void test_filter_refusals(const struct guest_ring *g)
{
	static const struct sock_filter no_end[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14) };
	struct ykvm_filter bad[] = {
		{ .kind = 3 },
		{ .kind = YKVM_FILTER_NONE, .len = 1 },
		{ .kind = YKVM_FILTER_CLASSIC, .len = 1, .insns = (uintptr_t)no_end, .fd = 1 },
		{ .kind = YKVM_FILTER_CLASSIC, .len = 1, .insns = (uintptr_t)no_end, .pad = 1 },
		{ .kind = YKVM_FILTER_CLASSIC, .len = 1, .insns = (uintptr_t)no_end, .reserved = { 1 } },
		{ .kind = YKVM_FILTER_CLASSIC, .len = BPF_MAXINSNS + 1, .insns = (uintptr_t)no_end },
		{ .kind = YKVM_FILTER_CLASSIC, .len = 0x10001, .insns = (uintptr_t)no_end },
		{ .kind = YKVM_FILTER_EBPF, .len = 1 },
	};
	struct ykvm_filter f = { .kind = YKVM_FILTER_EBPF, .fd = -1 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		IS(guest_ioctl(g->fd, YKVM_FILTER, &bad[i]), -EINVAL, "M4 a filter that cannot be: EINVAL");
	IS(set_classic(g, no_end, 1), -EINVAL, "a program without an end: EINVAL");
	IS(set_classic(g, (void *)0x10000, 1), -EFAULT, "M3 a program that is not there: EFAULT");
	IS(guest_ioctl(g->fd, YKVM_FILTER, &f), -EBADF, "a file that is not open: EBADF");
	f.fd = g->fd;
	IS(guest_ioctl(g->fd, YKVM_FILTER, &f), -EINVAL, "a file that is no program: EINVAL");
}

/* Frames with an odd number; of each, so many bytes. */
static int load_ebpf(int keep)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
		{ .code = BPF_LD | BPF_ABS | BPF_B, .imm = 20 },
		{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_ALU64 | BPF_MUL | BPF_K, .dst_reg = 0, .imm = keep },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
			     .insns = (uintptr_t)insns,
			     .insn_cnt = sizeof(insns) / sizeof(*insns),
			     .license = (uintptr_t) "GPL" };

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

/* What the ring has: frames, of so many bytes, all with an odd number. */
static void filtered(struct guest_ring *g, uint32_t frames, uint32_t caplen, const char *what)
{
	struct ykvm_batch b = ykvm_reader_take(&g->reader, YKVM_BATCH_MAX);
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint32_t n = 0;

	while ((f = ykvm_batch_next(&b, &data)))
		n += data[20] % 2 == 1 && f->len == 60 && f->caplen == caplen &&
		     !(f->flags & YKVM_FRAME_TRUNCATED) == (caplen == 60);
	ykvm_reader_release(&g->reader, &b);
	IS(n, frames, what);
}

static void test_filter(void)
{
	static const struct sock_filter odd[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 40),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct ykvm_filter f = { .kind = YKVM_FILTER_EBPF, .fd = load_ebpf(0xffff) };
	int stack = guest_stack(IN, TYPE);
	struct guest_ring g;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	test_filter_refusals(&g);
	IS(set_classic(&g, odd, 4), 0, "a classic filter");
	pair_send(20, 60);
	filtered(&g, 10, 40, "only its frames, as long as it says");
	IS(pair_stack_count(stack), 10, "the others stay with the stack");
	IS(guest_stats(&g).filtered, 10, "and are counted");
	IS(f.fd >= 0 ? guest_ioctl(g.fd, YKVM_FILTER, &f) : -errno, 0, "an eBPF filter in its place");
	close(f.fd);
	pair_send(20, 60);
	filtered(&g, 10, 60, "only its frames");
	IS(pair_stack_count(stack), 10, "the others stay with the stack");
	f = (struct ykvm_filter) { .kind = YKVM_FILTER_NONE };
	IS(guest_ioctl(g.fd, YKVM_FILTER, &f), 0, "none");
	pair_send(20, 60);
	IS(guest_drop_all(&g), 20, "all frames");
	guest_close(&g);
	close(stack);
}

static void test_stamps(void)
{
	struct guest_ring g;
	const struct ykvm_frame *f;
	const uint8_t *data;
	struct ykvm_batch b;
	struct timespec now;
	uint64_t before;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64, .flags = YKVM_SETUP_STAMP, .snaplen = 50 }, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	before = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	pair_send(1, 60);
	b = ykvm_reader_take(&g.reader, 1);
	f = ykvm_batch_next(&b, &data);
	IS(f && f->stamp_ns >= before && f->stamp_ns < before + 20000000 && !(f->flags & YKVM_FRAME_STAMP_COARSE), 1,
	   "an exact time stamp");
	IS(f ? f->caplen : 0, 50, "cut to the snap length");
	IS(f ? f->len : 0, 60, "and the true length is there");
	guest_close(&g);
}

int main(void)
{
	int skip = pair_begin();

	if (skip)
		return skip;
	test_two_openers();
	test_members();
	test_members_by_queue();
	test_tap();
	test_filter();
	test_stamps();
	return pair_end();
}
