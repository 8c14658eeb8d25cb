// SPDX-License-Identifier: GPL-2.0-only
/* See guest_fuzz.h: every way into the modules, with arguments that are nearly right. */
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/kcap/client.h"
#include "kmod/tests/guest.h"
#include "kmod/tests/guest_fuzz.h"
#include "kmod/uapi/pf_zerocopy.h"

#include <fcntl.h>

#define MAPPINGS 4
#define MEMORY (256 * 2048)

static struct {
	int file[2], sock[2];
	struct ykvm_setup setup[2]; /* what the file's last setup answered */
	struct {
		uint8_t *at;
		size_t bytes;
	} mapped[MAPPINGS];
	uint8_t *memory;
	struct kcap_client kcap[2];
	uint32_t in, dut;
	int sender, peer;
} st;

/* The value over a part of the argument. */
static void *edited(const struct fuzz_call *c, void *arg, size_t bytes)
{
	size_t width = 1U << (c->how >> 1 & 3);

	if (!(c->how & 8) && width <= bytes)
		memcpy((uint8_t *)arg + c->at % (bytes - width + 1), &c->value, width);
	return arg;
}

/* The argument, or where none is: a pointer that is the value itself. */
static void *pointer(const struct fuzz_call *c, void *arg)
{
	return c->how >> 4 == 15 ? (void *)(uintptr_t)c->value : arg;
}

static struct ykvm_setup sane_setup(const struct fuzz_call *c)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .slots = 64U << (c->how >> 6 & 1), .buffer_bytes = 2048 };

	if (c->how & 16)
		s.flags |= YKVM_SETUP_DROP_NEWEST;
	if (c->how & 32) {
		s.flags |= YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY;
		s.memory_addr = (uintptr_t)st.memory;
		s.memory_bytes = s.slots * 2048UL;
	}
	return s;
}

static void call_setup(const struct fuzz_call *c, int fd, bool sock)
{
	struct ykvm_setup s = sane_setup(c), *arg = edited(c, &s, sizeof(s));

	if (sock)
		setsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, pointer(c, arg), sizeof(s));
	else if (ioctl(fd, YKVM_SETUP, pointer(c, arg)) == 0)
		st.setup[c->how & 1] = s;
}

static void call_filter(const struct fuzz_call *c, int fd, bool sock)
{
	struct sock_filter insns[] = { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_STMT(BPF_RET | BPF_K, 0x40) };
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = 2, .insns = (uintptr_t)insns };

	if (c->how & 16)
		edited(c, insns, sizeof(insns));
	else
		edited(c, &f, sizeof(f));
	if (sock)
		setsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_FILTER, pointer(c, &f), sizeof(f));
	else
		ioctl(fd, YKVM_FILTER, pointer(c, &f));
}

static void call_bind(const struct fuzz_call *c, int fd)
{
	struct ykvm_bind b = { .ifindex = st.in, .flags = c->how >> 4 & 1 };

	if (c->how & 32) {
		b.ifindex = st.dut;
		b.flags = c->how & 64 ? YKVM_BIND_ZEROCOPY : b.flags;
	}
	ioctl(fd, YKVM_BIND, pointer(c, edited(c, &b, sizeof(b))));
}

static void call_wait(const struct fuzz_call *c, int fd)
{
	struct ykvm_wait w = { .timeout_ns = c->at };

	ioctl(fd, YKVM_WAIT, pointer(c, c->how & 16 ? edited(c, &w, sizeof(w)) : &w));
}

static void call_stats(const struct fuzz_call *c, int fd)
{
	struct ykvm_stats s;

	ioctl(fd, YKVM_STATS, pointer(c, &s));
}

/* A command that is nearly one of ours. */
static void call_other(const struct fuzz_call *c, int fd)
{
	uint8_t arg[256] = { 0 };

	ioctl(fd, (c->how & 16 ? YKVM_SETUP : _IO(YKVM_IOC_MAGIC, 0)) ^ (c->value & 0x3fff00ff), arg);
}

static void call_map(const struct fuzz_call *c, int fd)
{
	const struct ykvm_setup *s = &st.setup[c->how & 1];
	const uint64_t areas[][2] = { { s->user_offset, s->user_bytes },
				      { s->shared_offset, s->shared_bytes },
				      { s->buffers_offset, s->buffers_bytes } };
	size_t area = (c->how >> 4) % 3, slot = c->at % MAPPINGS;
	int prot = area ? PROT_READ : PROT_READ | PROT_WRITE;
	uint64_t offset = areas[area][0], bytes = areas[area][1];

	if (!(c->how & 8)) {
		offset += (c->value & 7) * 4096;
		bytes += (c->value >> 3 & 7) * 4096;
		prot ^= c->value >> 6 & 7;
	}
	st.mapped[slot].at = mmap(NULL, bytes, prot, c->value >> 9 & 1 ? MAP_PRIVATE : MAP_SHARED, fd, (off_t)offset);
	st.mapped[slot].bytes = st.mapped[slot].at == MAP_FAILED ? 0 : bytes;
}

static void call_remap(const struct fuzz_call *c)
{
	size_t slot = c->at % MAPPINGS, bytes = st.mapped[slot].bytes;
	uint8_t *p = st.mapped[slot].at;

	if (bytes < 8192)
		return;
	switch (c->how >> 4 & 3) {
	case 0:
		munmap(p + 4096, 4096);
		break;
	case 1:
		p = mremap(p, bytes, bytes + (c->value & 3) * 4096, MREMAP_MAYMOVE);
		if (p != MAP_FAILED)
			st.mapped[slot].at = p;
		break;
	case 2:
		mprotect(p, 4096, (int)c->value & 7);
		break;
	default:
		munmap(p, bytes);
		st.mapped[slot].bytes = 0;
	}
}

/* What is written into the user area, through a mapping that can be. */
static void call_scribble(const struct fuzz_call *c, int fd)
{
	const struct ykvm_setup *s = &st.setup[c->how & 1];
	uint8_t *p = s->user_bytes
			     ? mmap(NULL, s->user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)s->user_offset)
			     : MAP_FAILED;

	if (p == MAP_FAILED)
		return;
	edited(c, p, c->how & 16 ? sizeof(struct ykvm_user) : s->user_bytes);
	ioctl(fd, YKVM_KICK);
	munmap(p, s->user_bytes);
}

static void call_sock_bind(const struct fuzz_call *c, int fd)
{
	struct sockaddr_zerocopy a = { .sz_family = PF_ZEROCOPY,
				       .sz_ifindex = c->how & 32 ? st.dut : st.in,
				       .sz_flags = c->how >> 4 & 1 };

	bind(fd, pointer(c, edited(c, &a, sizeof(a))), c->how & 8 ? (socklen_t)c->value % 64 : sizeof(a));
}

static void call_sock_option(const struct fuzz_call *c, int fd)
{
	uint8_t value[256] = { 0 };
	socklen_t bytes = c->at % sizeof(value);
	int name = (int)(c->value % 8), level = c->how & 16 ? SOL_ZEROCOPY : SOL_SOCKET;

	memcpy(value, &c->value, sizeof(c->value));
	if (c->how & 32)
		setsockopt(fd, level, name, pointer(c, value), bytes);
	else
		getsockopt(fd, level, name, pointer(c, value), &bytes);
}

static void call_message(const struct fuzz_call *c, int fd)
{
	uint8_t frame[2048] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 }, control[128];
	struct iovec iov = { .iov_base = pointer(c, edited(c, frame, 64)), .iov_len = c->at % sizeof(frame) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = c->how & 32 ? control : NULL,
			    .msg_controllen = c->how & 32 ? c->value % sizeof(control) : 0 };

	if (c->how & 16)
		sendmsg(fd, &m, MSG_DONTWAIT);
	else
		recvmsg(fd, &m, MSG_DONTWAIT | (int)(c->value & (MSG_PEEK | MSG_TRUNC)));
}

static void call_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 1);
}

/* A request with drawn attributes, among them those that an attachment needs. */
static void call_kcap(const struct fuzz_call *c)
{
	struct kcap_client *k = &st.kcap[c->how & 1];
	uint8_t data[KCAP_PATTERN_MAX + 8] = "abcabcab";
	struct kcap_request r;

	if (k->fd < 0 && kcap_client_open(k) != 0)
		return;
	kcap_request_init(&r, k, (uint8_t)(c->how >> 4) % (KCAP_CMD_MAX + 2));
	kcap_request_u32(&r, KCAP_A_IFINDEX, c->value >> 63 ? st.dut : st.in);
	if (!(c->how & 8)) {
		memcpy(data, &c->value, sizeof(c->value));
		kcap_request_put(&r, c->at % (KCAP_A_MAX + 3), data, (c->at >> 8) % sizeof(data));
		if (c->value & 1)
			kcap_request_u32(&r, (uint16_t)(c->value >> 8) % (KCAP_A_MAX + 3), (uint32_t)(c->value >> 16));
	}
	kcap_client_ask(k, &r, NULL, NULL);
}

static void call_frames(const struct fuzz_call *c)
{
	uint8_t frame[1514] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x08, 0x00, 0x45 };
	unsigned int n = 1 + (c->how >> 4 & 7);

	edited(c, frame, 80);
	while (n--)
		send(c->how & 128 ? st.peer : st.sender, frame, 14 + c->value % (sizeof(frame) - 13), MSG_DONTWAIT);
}

static void reopen(int *fd, bool sock)
{
	if (*fd >= 0)
		close(*fd);
	*fd = sock ? socket(PF_ZEROCOPY, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : open(YKVM_DEVICE, O_RDWR);
}

static void call_file(const struct fuzz_call *c, unsigned int op, int fd)
{
	switch (op) {
	case 0:
	case 1:
		call_setup(c, fd, false);
		break;
	case 2:
	case 3:
		call_bind(c, fd);
		break;
	case 4:
		ioctl(fd, YKVM_UNBIND);
		break;
	case 5:
		call_filter(c, fd, false);
		break;
	case 6:
		call_wait(c, fd);
		break;
	case 7:
		call_stats(c, fd);
		break;
	case 8:
		call_other(c, fd);
		break;
	case 9:
		call_map(c, fd);
		break;
	case 10:
		call_remap(c);
		break;
	default:
		call_scribble(c, fd);
	}
}

static void call_sock(const struct fuzz_call *c, unsigned int op, int fd)
{
	switch (op) {
	case 12:
		call_setup(c, fd, true);
		break;
	case 13:
		call_sock_bind(c, fd);
		break;
	case 14:
		call_filter(c, fd, true);
		break;
	case 15:
		call_sock_option(c, fd);
		break;
	case 16:
	case 17:
		call_message(c, fd);
		break;
	case 18:
		shutdown(fd, (int)c->value & 3);
		break;
	default:
		call_wait(c, fd);
	}
}

static void call(const struct fuzz_call *c)
{
	unsigned int op = c->op % FUZZ_OPS, which = c->how & 1;

	if (op < 12)
		call_file(c, op, st.file[which]);
	else if (op < 20)
		call_sock(c, op, st.sock[which]);
	else if (op == 20)
		call_kcap(c);
	else if (op == 21)
		call_frames(c);
	else if (op < 24)
		fuzz_nic(c, fuzz_dut);
	else if (op == 24)
		call_poll(c->how & 16 ? st.sock[which] : st.file[which]);
	else
		reopen(c->how & 16 ? &st.sock[which] : &st.file[which], c->how & 16);
}

void fuzz_run(const struct fuzz_program *p)
{
	uint32_t i;
	int k;

	memset(&st, 0, sizeof(st));
	for (k = 0; k < 2; k++) {
		st.file[k] = st.sock[k] = st.kcap[k].fd = -1;
		reopen(&st.file[k], false);
		reopen(&st.sock[k], true);
	}
	st.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	st.in = if_nametoindex(fuzz_in);
	st.dut = if_nametoindex(fuzz_dut);
	st.sender = guest_sender(fuzz_out);
	st.peer = guest_sender(fuzz_peer);
	for (i = 0; i < p->n && i < FUZZ_CALLS; i++)
		call(&p->calls[i]);
}
