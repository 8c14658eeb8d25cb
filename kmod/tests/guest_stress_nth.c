// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of guest_stress.c: of all that a life asks the kernel for, by its own system calls, the first thing fails, then the second,
 * until none is left that could (/proc/self/fail-nth, which counts slabs and pages).
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/kcap/client.h"
#include "kmod/tests/guest_stress.h"
#include "kmod/uapi/pf_zerocopy.h"

static int fail_nth = -1; /* opened once: opening takes memory too */

static void fail_at(unsigned int n)
{
	char text[16];
	int bytes = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth, text, (size_t)bytes, 0) != bytes)
		_exit(1); /* this kernel injects nothing */
}

/* Calls until it fails; 0: it has failed. */
static unsigned int left(void)
{
	char text[16] = "0";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		_exit(1);
	return (unsigned int)strtoul(text, NULL, 10);
}

static void filter(const struct guest_ring *g)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = 1, .insns = (uintptr_t)all };

	guest_ioctl(g->fd, YKVM_FILTER, &f);
}

static void live_ring(const struct ykvm_setup *want, const char *name, uint32_t flags)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(name), .flags = flags };
	struct ykvm_wait w = { .timeout_ns = 3000000 };
	struct guest_ring g;

	if (!stress_open(&g, want))
		return;
	filter(&g);
	guest_ioctl(g.fd, YKVM_BIND, &b);
	guest_ioctl(g.fd, YKVM_WAIT, &w);
	((struct ykvm_tx *)(g.user + g.setup.tx_off))[0] = (struct ykvm_tx) { .buffer = 0, .len = 60 };
	g.reader.user->tx_producer = 1;
	guest_ioctl(g.fd, YKVM_KICK, NULL);
	guest_drop_all(&g);
	guest_close(&g);
}

static void live_socket(const char *name)
{
	struct sockaddr_zerocopy a = { .sz_family = PF_ZEROCOPY, .sz_ifindex = if_nametoindex(name) };
	uint8_t frame[100] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };
	int fd = socket(PF_ZEROCOPY, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		send(fd, frame, sizeof(frame), 0);
		recv(fd, frame, sizeof(frame), 0);
	}
	close(fd);
}

static void live_attachment(const char *name)
{
	struct kcap_request r;
	struct kcap_client c = { .fd = -1 };

	if (kcap_client_open(&c) != 0)
		return;
	kcap_request_init(&r, &c, KCAP_CMD_ATTACH);
	kcap_request_u32(&r, KCAP_A_IFINDEX, if_nametoindex(name));
	kcap_request_u32(&r, KCAP_A_FLOWS, 64);
	kcap_request_put(&r, KCAP_A_PATTERN, "abc", 3);
	kcap_client_ask(&c, &r, NULL, NULL);
	kcap_client_close(&c);
}

static void live(struct stress *s, unsigned int kind)
{
	struct ykvm_setup want = { .slots = 64, .buffer_bytes = 2048 };

	switch (kind) {
	case 0:
		live_ring(&want, s->in, 0);
		break;
	case 1:
		want.flags = YKVM_SETUP_DROP_NEWEST;
		live_ring(&want, s->dut, YKVM_BIND_ZEROCOPY);
		break;
	case 2:
		want.flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY;
		want.memory_bytes = 64 * 2048;
		want.memory_addr = (uintptr_t)mmap(NULL, want.memory_bytes, PROT_READ | PROT_WRITE,
						   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		live_ring(&want, s->in, 0);
		munmap((void *)(uintptr_t)want.memory_addr, want.memory_bytes);
		break;
	case 3:
		live_socket(s->in);
		break;
	case 4:
		live_attachment(s->in);
		break;
	default:
		guest_link_mtu(s->dut, 1500 + (int)stress_draw(s, 2) * 7500);
	}
}

void stress_nth(struct stress *s)
{
	unsigned int kind = stress_draw(s, 6), n = 0, rest;

	if (fail_nth < 0)
		fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	do {
		fail_at(++n);
		live(s, kind);
		rest = left();
		fail_at(0);
		s->hits += rest == 0;
	} while (rest == 0 && n < 1000 && time(NULL) < s->until);
}
