// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edges that guest_ioctl.c leaves, in the guest: every number of YKVM_SETUP at its limits, mappings where none can be,
 * inherited files, several who sleep on one ring, a thousand sleeps none of which may be missed. TAP on stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define IN "ye0" /* captured on */
#define OUT "ye1" /* sent on */
#define SLEEPS 1000

static int sender;

static void send_one(void)
{
	uint8_t f[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };

	if (send(sender, f, sizeof(f), 0) != sizeof(f))
		perror("# send");
}

static int open_without(int flags)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (flags ? unshare(flags) != 0 : syscall(SYS_capset, &h, none) != 0)
			_exit(200);
		_exit(open(YKVM_DEVICE, O_RDWR) < 0 ? errno : 0);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static void test_open(void)
{
	/* root still passes the file's own permissions by owning it */
	IS(open_without(0), EPERM, "M1 open without any capability: EPERM");
	IS(open_without(CLONE_NEWUSER | CLONE_NEWNET), EPERM,
	   "M1 open by the root of a user and a net namespace: EPERM");
}

static uint64_t oom_kills(void)
{
	char line[128];
	unsigned long long n = 0;
	FILE *f = fopen("/proc/vmstat", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "oom_kill %llu", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

static void test_geometry(int fd)
{
	static const uint32_t bad[] = { 1, 255, 257, 4095, 65537, 131072, 3U << 30, 1U << 31, 0xffffffffU };
	struct ykvm_setup s;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		s = (struct ykvm_setup) { .abi = YKVM_ABI, .buffer_bytes = bad[i] };
		IS(guest_ioctl(fd, YKVM_SETUP, &s), -EINVAL, "M5 impossible size of buffers: EINVAL");
		s = (struct ykvm_setup) { .abi = YKVM_ABI, .flags = YKVM_SETUP_USER_MEMORY, .tx_buffers = bad[i] };
		s.memory_addr = 0x10000;
		s.memory_bytes = (uint64_t)bad[i] << 40;
		IS(guest_ioctl(fd, YKVM_SETUP, &s), -EINVAL, "M5 memory of another size than the ring's: EINVAL");
		s = (struct ykvm_setup) { .abi = YKVM_ABI, .slots = bad[i], .buffer_bytes = bad[i] };
		IS(guest_ioctl(fd, YKVM_SETUP, &s), -EINVAL, "M5 both, with a product of more than 32 bits: EINVAL");
	}
	s = (struct ykvm_setup) { .abi = YKVM_ABI, .slots = YKVM_SLOTS_MAX, .buffer_bytes = YKVM_BUFFER_BYTES_MAX };
	IS(guest_ioctl(fd, YKVM_SETUP, &s), -ENOMEM, "M5 valid, but larger than memory: ENOMEM");
	IS(oom_kills(), 0, "M5 and nobody was killed for it");
}

/* The system call itself: the library's own checks would come first. */
static int map_at(int fd, size_t bytes, unsigned long offset)
{
	long p = syscall(SYS_mmap, NULL, bytes, PROT_READ, MAP_SHARED, fd, offset);

	if (p == -1)
		return errno;
	munmap((void *)p, bytes);
	return 0;
}

static void test_offsets(int fd, const struct ykvm_setup *s)
{
	static const unsigned long far[] = { 1UL << 40, 1UL << 62, -4096UL, -8192UL };
	size_t i;

	IS(map_at(fd, s->user_bytes, 1), EINVAL, "M11 mmap at an offset that is no page's: EINVAL");
	IS(map_at(fd, 0, 0), EINVAL, "M11 of no bytes: EINVAL");
	IS(map_at(fd, s->user_bytes, s->buffers_offset + s->buffers_bytes), EINVAL, "M11 behind the end: EINVAL");
	for (i = 0; i < sizeof(far) / sizeof(*far); i++) { /* the last two may be refused before the module is asked */
		int e = map_at(fd, s->user_bytes, far[i]);

		IS(e == EINVAL || e == EOVERFLOW, 1, "M11 far out: EINVAL, or EOVERFLOW");
	}
	IS(map_at(fd, s->shared_bytes + s->buffers_bytes, s->shared_offset), EINVAL, "M11 two areas in one: EINVAL");
}

static void test_partial(struct guest_ring *g)
{
	size_t n = g->setup.buffers_bytes;
	void *half = mremap(g->buffers, n / 2, n / 2, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1UL << 41));

	IS(half == MAP_FAILED ? errno : 0, EINVAL, "M13 half of an area moved: EINVAL");
	IS(munmap(g->buffers + n / 2, n / 2) != 0 ? errno : 0, EINVAL, "M13 half of it unmapped: EINVAL");
	IS(mprotect(g->buffers, n / 2, PROT_NONE) != 0 ? errno : 0, EINVAL, "M13 half of it protected: EINVAL");
	IS(g->buffers[n - 1], 0, "M13 and it is all there");
}

/* Who leaves first: the parent's end, or a child that only inherited the file. */
static void test_inherited(void)
{
	struct guest_ring g;
	int gate[2], status;
	pid_t child;
	char c;

	if (!guest_open(&g, &(struct ykvm_setup) { .slots = 64 }) || pipe(gate) != 0)
		return;
	child = fork();
	if (child == 0) { /* the file is close-on-exec, not close-on-fork */
		struct ykvm_stats s;

		close(gate[1]);
		_exit(read(gate[0], &c, 1) == 0 && ioctl(g.fd, YKVM_STATS, &s) == 0 && s.received == 1 ? 0 : 1);
	}
	IS(guest_bind(g.fd, if_nametoindex(IN)), 0, "M14 a file that a child inherited is bound");
	send_one();
	guest_close(&g);
	close(gate[1]);
	waitpid(child, &status, 0);
	IS(status, 0, "M14 closed by its opener, it lives on in the child");
	IS(guest_open(&g, &(struct ykvm_setup) { .slots = 64 }), 1, "M14 another");
	IS(guest_bind(g.fd, if_nametoindex(IN)), 0, "M14 when the child has gone too, the interface is free");
	close(gate[0]);
	child = fork();
	if (child == 0)
		_exit(close(g.fd));
	waitpid(child, &status, 0);
	send_one();
	usleep(20000);
	IS(guest_drop_all(&g), 1, "M14 closed by a child first, it works on");
	guest_close(&g);
}

static void on_alarm(int number)
{
	(void)number;
}

static void *sleeper(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	return (void *)(uintptr_t)(poll(&p, 1, 3000) == 1 && p.revents == POLLIN);
}

static void test_sleepers(struct guest_ring *g)
{
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct sigaction act = { .sa_handler = on_alarm };
	pthread_t threads[3];
	void *woken;
	int i, n = 0;

	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, sleeper, &g->fd);
	usleep(50000);
	send_one();
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], &woken);
		n += woken != NULL;
	}
	IS(n, 3, "M29 three sleep on one ring, and one frame wakes all");
	guest_drop_all(g);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	IS(poll(&p, 1, 3000) < 0 ? errno : 0, EINTR, "M29 poll, and a signal: EINTR");
}

static int ready_pipe[2];

/* Sends as soon as the reader has said that the ring is empty and it goes to sleep, or a little later. */
static void *send_each(void *arg)
{
	unsigned int x = 1;
	char c;

	(void)arg;
	while (read(ready_pipe[0], &c, 1) == 1) {
		for (volatile int i = rand_r(&x) % 4000; i > 0; i--)
			;
		send_one();
	}
	return NULL;
}

static void test_no_wake_lost(struct guest_ring *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	struct ykvm_wait w = { .timeout_ns = 2000000000ULL };
	pthread_t thread;
	int i, lost = 0;

	if (pipe(ready_pipe) != 0)
		return;
	pthread_create(&thread, NULL, send_each, NULL);
	for (i = 0; i < SLEEPS; i++) {
		if (write(ready_pipe[1], "", 1) != 1)
			perror("# write");
		lost += i % 2 ? poll(&p, 1, 2000) != 1 : guest_ioctl(g->fd, YKVM_WAIT, &w) != 0;
		guest_drop_all(g);
	}
	close(ready_pipe[1]);
	pthread_join(thread, NULL);
	close(ready_pipe[0]);
	IS(lost, 0, "M29 a thousand frames between the look and the sleep, or after: none is slept through");
}

int main(void)
{
	struct guest_ring g;
	int fd;

	if (guest_veth_add(IN, OUT) != 0) {
		printf("Bail out! no veth pair\n");
		return 1;
	}
	sender = guest_sender(OUT);
	usleep(20000);
	test_open();
	fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	test_geometry(fd);
	close(fd);
	test_inherited();
	if (!guest_open(&g, &(struct ykvm_setup) { .slots = 256 }) || guest_bind(g.fd, if_nametoindex(IN)) != 0) {
		printf("Bail out! no ring\n");
		return 1;
	}
	test_offsets(g.fd, &g.setup);
	test_partial(&g);
	test_sleepers(&g);
	test_no_wake_lost(&g);
	guest_close(&g);
	guest_link_delete(IN);
	return guest_checked();
}
