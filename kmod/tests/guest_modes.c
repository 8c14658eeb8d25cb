// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module can do beyond taking frames into one ring, in the guest, over
 * a veth pair: members of a group, tap, filters, the reader's own memory, wake-up
 * batching, waiting, chains, sending. TAP on stdout; exit 0: all passed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define IN "yn0" /* captured on */
#define OUT "yn1" /* sent on */
#define TYPE 0x88b5
#define HUGE_BYTES (2U << 20)

static int sender;

/* A frame whose bytes are its number; what takes turns in `flow` is its IPv4 addresses and ports. */
static void fill(uint8_t *f, unsigned int number, size_t bytes)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, TYPE >> 8, TYPE & 0xff };

	memcpy(f, head, sizeof(head));
	memset(f + sizeof(head), (int)number, bytes - sizeof(head));
}

static void transmit(const uint8_t *f, size_t bytes)
{
	if (send(sender, f, bytes, 0) != (ssize_t)bytes)
		perror("# send");
}

static void send_frames(unsigned int n, size_t bytes)
{
	uint8_t f[9000];
	unsigned int i;

	for (i = 0; i < n; i++) {
		fill(f, i, bytes);
		transmit(f, bytes);
	}
	usleep(20000);
}

static int bind_as(const struct guest_ring *g, uint32_t flags, uint32_t member, uint32_t members)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(IN), .flags = flags, .member = member, .members = members };

	return guest_ioctl(g->fd, YKVM_BIND, &b);
}

/* A ring as `want` says, bound to IN. The tests cannot go on without. */
static void ring(struct guest_ring *g, struct ykvm_setup want, uint32_t flags)
{
	if (guest_open(g, &want) && bind_as(g, flags, 0, 1) == 0)
		return;
	printf("Bail out! no ring: %s\n", strerror(errno));
	exit(1);
}

/* Frames that the stack got since the last call. */
static int stack_count(int fd)
{
	uint8_t f[9100];
	int n = 0;

	while (recv(fd, f, sizeof(f), 0) > 0)
		n++;
	return n;
}

static void test_two_openers(void)
{
	struct guest_ring a, b;

	ring(&a, (struct ykvm_setup) { .slots = 64 }, 0);
	IS(guest_open(&b, &(struct ykvm_setup) { .slots = 64 }), 1, "a second client");
	IS(bind_as(&b, 0, 0, 1), -EBUSY, "M7 on the same interface: EBUSY");
	IS(bind_as(&b, YKVM_BIND_TAP, 0, 1), -EBUSY, "M7 as a tap: EBUSY too");
	IS(bind_as(&b, 0, 1, 2), -EBUSY, "as a member of a group that the first is not in: EBUSY");
	guest_close(&a);
	IS(bind_as(&b, 0, 0, 1), 0, "when the first has gone: bound");
	send_frames(3, 60);
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
	transmit(f, sizeof(f));
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
	IS(bind_as(&g[1], 0, 1, 2), 0, "the second member");
	for (i = 0; i < 200; i++)
		send_udp((uint8_t)(1 + i % 50), i % 100 >= 50, (uint8_t)i);
	usleep(20000);
	n[1] = collect(&g[1], flows[1], seen);
	IS(n[1] > 0 && n[1] < 200, 1, "gets a part of the flows");
	IS(stack_count(stack), 200 - n[1], "the other part stays with the stack");
	IS(bind_as(&g[0], 0, 1, 2), -EBUSY, "the same member again: EBUSY");
	IS(bind_as(&g[0], 0, 0, 3), -EBUSY, "a group of another size: EBUSY");
	IS(bind_as(&g[0], 0, 0, 2), 0, "the first member");
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
	IS(stack_count(stack), 0, "and nothing for the stack");
	close(stack);
	guest_close(&g[0]);
	guest_close(&g[1]);
}

static void test_tap(void)
{
	int stack = guest_stack(IN, TYPE);
	struct guest_ring g;

	ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	send_frames(20, 60);
	IS(guest_drop_all(&g), 20, "taken: in the ring");
	IS(stack_count(stack), 0, "and not in the stack");
	guest_ioctl(g.fd, YKVM_UNBIND, NULL);
	IS(bind_as(&g, YKVM_BIND_TAP, 0, 1), 0, "as a tap");
	send_frames(30, 60);
	IS(guest_drop_all(&g), 30, "in the ring");
	IS(stack_count(stack), 30, "and in the stack");
	send_frames(100, 60);
	IS(guest_stats(&g).overwritten, 36, "a full ring loses its own");
	IS(stack_count(stack), 100, "the stack loses nothing");
	guest_close(&g);
	send_frames(5, 60);
	IS(stack_count(stack), 5, "closed: the stack goes on");
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

	ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	test_filter_refusals(&g);
	IS(set_classic(&g, odd, 4), 0, "a classic filter");
	send_frames(20, 60);
	filtered(&g, 10, 40, "only its frames, as long as it says");
	IS(stack_count(stack), 10, "the others stay with the stack");
	IS(guest_stats(&g).filtered, 10, "and are counted");
	IS(f.fd >= 0 ? guest_ioctl(g.fd, YKVM_FILTER, &f) : -errno, 0, "an eBPF filter in its place");
	close(f.fd);
	send_frames(20, 60);
	filtered(&g, 10, 60, "only its frames");
	IS(stack_count(stack), 10, "the others stay with the stack");
	f = (struct ykvm_filter) { .kind = YKVM_FILTER_NONE };
	IS(guest_ioctl(g.fd, YKVM_FILTER, &f), 0, "none");
	send_frames(20, 60);
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

	ring(&g, (struct ykvm_setup) { .slots = 64, .flags = YKVM_SETUP_STAMP, .snaplen = 50 }, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	before = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	send_frames(1, 60);
	b = ykvm_reader_take(&g.reader, 1);
	f = ykvm_batch_next(&b, &data);
	IS(f && f->stamp_ns >= before && f->stamp_ns < before + 20000000 && !(f->flags & YKVM_FRAME_STAMP_COARSE), 1,
	   "an exact time stamp");
	IS(f ? f->caplen : 0, 50, "cut to the snap length");
	IS(f ? f->len : 0, 60, "and the true length is there");
	guest_close(&g);
}

static void drop_lock_capability(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { .effective = 1U << CAP_NET_RAW, .permitted = 1U << CAP_NET_RAW } };
	struct rlimit limit = { 65536, 65536 };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	syscall(SYS_capset, &h, d);
}

static int setup_memory(int fd, void *p, uint64_t bytes)
{
	struct ykvm_setup s = { .abi = YKVM_ABI,
				.slots = 1024,
				.flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				.memory_addr = (uintptr_t)p,
				.memory_bytes = bytes };

	return guest_ioctl(fd, YKVM_SETUP, &s);
}

static void memory_refusals(uint8_t *p)
{
	struct guest_ring g;
	uint8_t *ro = mmap(NULL, HUGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	guest_open(&g, &(struct ykvm_setup) { .slots = 64 });
	munmap(g.user, g.setup.user_bytes);
	munmap(g.shared, g.setup.shared_bytes);
	munmap(g.buffers, g.setup.buffers_bytes);
	IS(setup_memory(g.fd, p + 1, HUGE_BYTES), -EINVAL, "M5 memory that does not begin on a page: EINVAL");
	IS(setup_memory(g.fd, NULL, HUGE_BYTES), -EINVAL, "memory at 0: EINVAL");
	IS(setup_memory(g.fd, p, HUGE_BYTES - 4096), -EINVAL, "M5 too little of it: EINVAL");
	IS(setup_memory(g.fd, ro, HUGE_BYTES), -EFAULT, "M3 memory that is read-only: EFAULT");
	munmap(ro, HUGE_BYTES);
	IS(setup_memory(g.fd, ro, HUGE_BYTES), -EFAULT, "M3 memory that is not there: EFAULT");
	IS(setup_memory(g.fd, (void *)0xffff888000000000ULL, HUGE_BYTES), -EFAULT, "M3 the kernel's memory: EFAULT");
	child = fork();
	if (child == 0) {
		drop_lock_capability();
		_exit(-setup_memory(g.fd, p, HUGE_BYTES));
	}
	waitpid(child, &status, 0);
	IS(WEXITSTATUS(status), ENOBUFS, "more than may be locked: ENOBUFS");
	close(g.fd);
}

static void memory_ring(uint8_t *p, const char *what)
{
	struct ykvm_setup want = { .slots = 1024,
				   .flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				   .memory_addr = (uintptr_t)p,
				   .memory_bytes = HUGE_BYTES };
	struct guest_ring g;
	struct ykvm_batch b;
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint32_t n = 0;

	ring(&g, want, 0);
	send_frames(100, 60);
	b = ykvm_reader_take(&g.reader, 1024);
	while ((f = ykvm_batch_next(&b, &data)))
		n += data == p + (f - g.reader.frames) * 2048 && data[20] == n % 256 && data[59] == n % 256;
	ykvm_reader_release(&g.reader, &b);
	IS(n, 100, what);
	munmap(p, HUGE_BYTES);
	send_frames(100, 60);
	IS(guest_stats(&g).received, 200, "M19 unmapped under the ring: the kernel goes on");
	g.setup.memory_addr = 0;
	guest_close(&g);
}

static void huge_pages(const char *number)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (!f || fputs(number, f) < 0 || fclose(f) != 0)
		perror("# nr_hugepages");
}

static void test_user_memory(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	uint8_t *p = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);

	memory_refusals(p);
	memory_ring(p, "frames in the reader's own memory");
	huge_pages("2");
	p = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE, flags | MAP_HUGETLB, -1, 0);
	IS(p != MAP_FAILED, 1, "a huge page");
	if (p != MAP_FAILED)
		memory_ring(p, "frames in a huge page");
	huge_pages("0");
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* n frames in 50 ms, from a process of its own. */
static pid_t send_later(unsigned int n)
{
	pid_t child = fork();

	if (child == 0) {
		usleep(50000);
		send_frames(n, 60);
		_exit(0);
	}
	return child;
}

static int wait_ms(const struct guest_ring *g, uint64_t ms)
{
	struct ykvm_wait w = { .timeout_ns = ms * 1000000 };

	return guest_ioctl(g->fd, YKVM_WAIT, &w);
}

/* How it sleeps: poll(), or YKVM_WAIT. Milliseconds until it was woken; -1: it was not. */
static int sleep_ms(const struct guest_ring *g, bool by_poll)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	uint64_t from = now_ms();
	int woken = by_poll ? poll(&p, 1, 2000) == 1 : wait_ms(g, 2000) == 0;

	return woken ? (int)(now_ms() - from) : -1;
}

static void batch(struct guest_ring *g, unsigned int frames, bool by_poll, int from_ms, int to_ms, const char *what)
{
	pid_t child = send_later(frames);
	int ms = sleep_ms(g, by_poll);

	IS(ms >= from_ms && ms <= to_ms, 1, what);
	if (ms < from_ms || ms > to_ms)
		printf("# woken after %d ms\n", ms);
	waitpid(child, NULL, 0);
	IS(guest_drop_all(g), frames, "and all are there");
}

static void test_wake_batching(void)
{
	struct ykvm_setup want = { .slots = 64, .wake_frames = 8, .wake_usecs = 200000 };
	struct guest_ring g;

	ring(&g, want, 0);
	batch(&g, 8, true, 40, 120, "poll: woken by the eighth frame");
	batch(&g, 3, true, 240, 400, "poll: woken when the oldest has waited 200 ms");
	batch(&g, 8, false, 40, 120, "YKVM_WAIT: woken by the eighth frame");
	batch(&g, 3, false, 240, 400, "YKVM_WAIT: woken when the oldest has waited 200 ms");
	IS(guest_stats(&g).woken, 4, "woken four times in all");
	guest_close(&g);
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_wait(void)
{
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct ykvm_wait w = { .timeout_ns = 1, .pad = 1 };
	struct guest_ring g;
	uint64_t from;

	ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	IS(guest_ioctl(g.fd, YKVM_WAIT, &w), -EINVAL, "M4 wait with a field set that must be zero: EINVAL");
	IS(guest_ioctl(g.fd, YKVM_WAIT, NULL), -EFAULT, "M3 wait with NULL: EFAULT");
	IS(wait_ms(&g, 0), -ETIME, "M29 wait for no time: ETIME");
	from = now_ms();
	IS(wait_ms(&g, 100), -ETIME, "wait for 100 ms: ETIME");
	IS(now_ms() - from >= 100 && now_ms() - from < 150, 1, "when they are over");
	from = now_ms();
	wait_ms(&g, 2000);
	wait_ms(&g, 20);
	IS(now_ms() - from >= 2020 && now_ms() - from < 2100, 1, "a long time, then a short one");
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	IS(wait_ms(&g, 5000), -EINTR, "M29 a signal: EINTR");
	send_frames(1, 60);
	IS(wait_ms(&g, 5000), 0, "a frame is there: at once");
	guest_drop_all(&g);
	batch(&g, 1, false, 40, 120, "a frame comes");
	guest_link_up(IN, false);
	w = (struct ykvm_wait) { .timeout_ns = 5000000000ULL };
	IS(guest_ioctl(g.fd, YKVM_WAIT, &w), 0, "the interface is down: at once");
	IS(w.status, YKVM_STATUS_BOUND | YKVM_STATUS_DOWN, "and the status says so");
	guest_link_up(IN, true);
	guest_close(&g);
}

static void test_busy(void)
{
	struct guest_ring g;

	ring(&g, (struct ykvm_setup) { .slots = 64, .busy_usecs = 100000 }, 0);
	batch(&g, 1, false, 40, 120, "YKVM_WAIT: found while it looks");
	batch(&g, 1, true, 40, 120, "poll: found while it looks");
	IS(guest_stats(&g).woken, 0, "nobody was woken");
	IS(wait_ms(&g, 200), -ETIME, "looks, sleeps, and ends");
	guest_close(&g);
}

static bool filled(const uint8_t *data, uint32_t bytes, uint8_t number)
{
	uint32_t i;

	for (i = 14; i < bytes; i++)
		if (data[i] != number)
			return false;
	return true;
}

/* A jumbo frame of 8,000 bytes takes 4 of 64 buffers; with one of 60 between two, they come to lie over the end too. */
static void test_chains(void)
{
	struct ykvm_setup want = { .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST };
	uint32_t whole = 0, over_end = 0, round;
	struct guest_ring g;

	ring(&g, want, 0);
	for (round = 0; round < 40; round++) {
		struct ykvm_batch b;
		const struct ykvm_frame *f;
		const uint8_t *data;

		send_frames(2, round % 2 ? 8000 : 60);
		b = ykvm_reader_take(&g.reader, 64);
		for (uint8_t i = 0; (f = ykvm_batch_next(&b, &data)); i++) {
			whole += f->caplen == (round % 2 ? 8000 : 60) && f->buffers == (round % 2 ? 4 : 1) &&
				 filled(data, f->caplen, i);
			over_end += (f - g.reader.frames) + f->buffers > 64;
		}
		ykvm_reader_release(&g.reader, &b);
	}
	IS(whole, 80, "M21 jumbo frames, whole and in a row");
	IS(over_end > 0, 1, "some of them over the ring's end");
	IS(guest_stats(&g).chained, 40, "counted as chained");
	send_frames(20, 8000);
	IS(guest_stats(&g).full, 4, "16 jumbo frames fill the ring, 4 are dropped");
	IS(guest_drop_all(&g), 16, "the 16 are there");
	guest_close(&g);
}

static uint64_t queue_tx(struct guest_ring *g, uint64_t at, uint32_t buffer, uint32_t len)
{
	struct ykvm_tx *tx = (void *)(g->user + g->setup.tx_off);

	tx[at % YKVM_TX_SLOTS] = (struct ykvm_tx) { .buffer = buffer, .len = len };
	__atomic_store_n(&g->reader.user->tx_producer, at + 1, __ATOMIC_RELEASE);
	return at + 1;
}

static void send_held(struct guest_ring *g, int out)
{
	struct ykvm_batch b;
	const struct ykvm_frame *f;
	const uint8_t *data;
	uint64_t at = 0;
	uint32_t buffer = 0;

	send_frames(10, 60);
	b = ykvm_reader_take(&g->reader, 10);
	while ((f = ykvm_batch_next(&b, &data))) {
		buffer = (uint32_t)(f - g->reader.frames);
		at = queue_tx(g, at, buffer, f->len);
	}
	ykvm_reader_keep(&g->reader, &b);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), 0, "kick");
	usleep(20000);
	IS(stack_count(out), 10, "what is held is sent");
	IS(g->reader.state->tx_done == 10 && g->reader.state->tx_consumer == 10, 1, "and said to be through");
	at = queue_tx(g, at, buffer, 13);
	at = queue_tx(g, at, buffer, 9100);
	at = queue_tx(g, at, 0xffffffff, 60);
	at = queue_tx(g, at, g->setup.n_buffers, 60);
	at = queue_tx(g, at, (buffer + 1) % g->setup.slots, 60);
	at = queue_tx(g, at, buffer, 60);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), 0, "kick");
	IS(stack_count(out), 1, "M19 what is not held, or has no length, is not sent");
	IS(guest_stats(g).send_failed == 5 && guest_stats(g).sent == 11, 1, "and is counted");
	ykvm_reader_release(&g->reader, &b);
	queue_tx(g, at, buffer, 60);
	guest_ioctl(g->fd, YKVM_KICK, NULL);
	IS(stack_count(out), 0, "M19 nor what was given back");
	g->reader.user->tx_producer = at + 1000;
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), -EINVAL, "M19 a tx_producer that cannot be: EINVAL");
	g->reader.user->tx_producer = g->reader.state->tx_consumer;
	guest_ioctl(g->fd, YKVM_UNBIND, NULL);
	IS(guest_ioctl(g->fd, YKVM_KICK, NULL), -ENODEV, "kick unbound: ENODEV");
}

static void send_own(uint32_t tx_buffers, int out)
{
	struct ykvm_setup want = { .slots = 64,
				   .flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				   .tx_buffers = tx_buffers };
	uint8_t f[9100];
	struct guest_ring g;
	uint64_t at;

	want.memory_bytes = (64 + tx_buffers) * 2048;
	want.memory_addr =
		(uintptr_t)mmap(NULL, want.memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ring(&g, want, 0);
	fill(g.buffers + 64 * 2048, 7, 8000);
	at = queue_tx(&g, 0, 64, 8000);
	at = queue_tx(&g, at, 64 + tx_buffers - 1, 3000);
	IS(guest_ioctl(g.fd, YKVM_KICK, NULL), 0, "kick");
	IS(recv(out, f, sizeof(f), 0) == 8000 && filled(f, 8000, 7), 1, "a jumbo frame from buffers to send from");
	IS(guest_stats(&g).send_failed, 1, "one that would reach beyond them is not sent");
	guest_close(&g);
}

static void test_send(void)
{
	int out = guest_stack(OUT, TYPE);
	struct guest_ring g;

	ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	send_held(&g, out);
	guest_close(&g);
	ring(&g, (struct ykvm_setup) { .slots = 64, .flags = YKVM_SETUP_DROP_NEWEST }, 0);
	send_held(&g, out);
	guest_close(&g);
	send_own(8, out);
	close(out);
}

int main(void)
{
	if (access(YKVM_DEVICE, F_OK) != 0) {
		printf("1..0 # SKIP no %s\n", YKVM_DEVICE);
		return 77;
	}
	if (guest_veth_add(IN, OUT) != 0 || guest_link_mtu(IN, 9000) != 0 || guest_link_mtu(OUT, 9000) != 0) {
		printf("Bail out! no veth pair\n");
		return 1;
	}
	sender = guest_sender(OUT);
	usleep(20000);
	test_two_openers();
	test_members();
	test_tap();
	test_filter();
	test_stamps();
	test_user_memory();
	test_wake_batching();
	test_wait();
	test_busy();
	test_chains();
	test_send();
	guest_link_delete(IN);
	return guest_checked();
}
