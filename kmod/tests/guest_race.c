// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, in the guest: one thread floods, four set up, map, bind,
 * filter, poll, wait, take, scribble, send and close two clients in any order,
 * and the interface goes down, comes up, is removed and made again.
 *
 *   guest_race [SECONDS]     exit 0: still alive at the end; the judge is the kernel's log
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define IN "yr0"
#define OUT "yr1"

static int stop;
static unsigned long long binds, takes;

static bool running(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void *flood(void *arg)
{
	uint8_t frame[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };

	(void)arg;
	while (running()) {
		int fd = guest_sender(OUT);
		int i;

		for (i = 0; i < 100 && fd >= 0 && running(); i++)
			if (send(fd, frame, sizeof(frame), 0) < 0)
				break;
		if (fd >= 0)
			close(fd);
		usleep(500);
	}
	return NULL;
}

static void shake_setup(int fd, struct ykvm_setup *s, unsigned int *x)
{
	*s = (struct ykvm_setup) { .abi = YKVM_ABI,
				   .slots = 64U << rand_r(x) % 4,
				   .flags = rand_r(x) % 2 ? YKVM_SETUP_DROP_NEWEST : 0,
				   .wake_frames = 1 + (uint32_t)rand_r(x) % 3,
				   .wake_usecs = 100,
				   .busy_usecs = rand_r(x) % 8 ? 0 : 50 };
	ioctl(fd, YKVM_SETUP, s);
}

static void shake_bind(int fd, unsigned int *x)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(IN),
			       .flags = rand_r(x) % 3 ? 0 : YKVM_BIND_TAP,
			       .member = (uint32_t)rand_r(x) % 2,
			       .members = 2 };

	if (ioctl(fd, YKVM_BIND, &b) == 0)
		__atomic_fetch_add(&binds, 1, __ATOMIC_RELAXED);
}

static void shake_filter(int fd, unsigned int *x)
{
	struct sock_filter insns[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14), BPF_STMT(BPF_RET | BPF_A, 0) };
	struct ykvm_filter f = { 0 };

	if (rand_r(x) % 2)
		f = (struct ykvm_filter) { .kind = YKVM_FILTER_CLASSIC, .len = 2, .insns = (uintptr_t)insns };
	ioctl(fd, YKVM_FILTER, &f);
}

static void scribble(uint64_t *user, unsigned int *x)
{
	user[0] += (uint64_t)(rand_r(x) % 100);
	user[8] = rand_r(x) % 8 ? user[0] : (uint64_t)rand_r(x) << 33;
	user[16] += (uint64_t)(rand_r(x) % 20);
	user[24 + rand_r(x) % 256] = (uint64_t)rand_r(x) << (rand_r(x) % 33);
	__atomic_fetch_add(&takes, 1, __ATOMIC_RELAXED);
	usleep(500);
}

static void shake_map(int fd, const struct ykvm_setup *s, unsigned int *x)
{
	uint64_t *user = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *shared = mmap(NULL, s->shared_bytes, PROT_READ, MAP_SHARED, fd, 4096);
	void *buffers = mmap(NULL, s->buffers_bytes, PROT_READ, MAP_SHARED, fd, (off_t)s->buffers_offset);

	if (user != MAP_FAILED) {
		scribble(user, x);
		munmap(user, 4096);
	}
	if (shared != MAP_FAILED)
		munmap(shared, s->shared_bytes);
	if (buffers != MAP_FAILED)
		munmap(buffers, s->buffers_bytes);
}

static void shake(int fd, struct ykvm_setup *s, unsigned int *x)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct ykvm_wait w = { .timeout_ns = 1000000 };
	struct ykvm_stats stats;

	switch (rand_r(x) % 9) {
	case 0:
		shake_setup(fd, s, x);
		break;
	case 1:
	case 2:
		shake_bind(fd, x);
		break;
	case 3:
		ioctl(fd, rand_r(x) % 2 ? (unsigned long)YKVM_UNBIND : (unsigned long)YKVM_STATS, &stats);
		break;
	case 4:
		poll(&p, 1, 1);
		break;
	case 5:
		ioctl(fd, YKVM_WAIT, &w);
		break;
	case 6:
		ioctl(fd, YKVM_KICK);
		break;
	case 7:
		shake_filter(fd, x);
		break;
	default:
		shake_map(fd, s, x);
	}
}

static int fds[2] = { -1, -1 };

static void open_again(int *place)
{
	int fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC), none = -1;

	if (fd >= 0 && !__atomic_compare_exchange_n(place, &none, fd, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		close(fd); /* another thread was faster */
}

static void *reader(void *arg)
{
	unsigned int x = (unsigned int)(uintptr_t)arg;
	struct ykvm_setup s = { .shared_bytes = 4096 };

	while (running()) {
		int *place = &fds[rand_r(&x) % 2];
		int fd = __atomic_load_n(place, __ATOMIC_RELAXED);

		if (fd < 0)
			open_again(place);
		else if (rand_r(&x) % 200 == 0 && __atomic_exchange_n(place, -1, __ATOMIC_RELAXED) == fd)
			close(fd);
		else
			shake(fd, &s, &x);
	}
	return NULL;
}

static void *trouble(void *arg)
{
	unsigned int x = 7;

	(void)arg;
	while (running()) {
		usleep(100000);
		guest_link_up(IN, rand_r(&x) % 4 != 0);
		if (rand_r(&x) % 5 == 0) {
			guest_link_delete(IN);
			guest_veth_add(IN, OUT);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[6];
	uintptr_t i;

	if (access(YKVM_DEVICE, F_OK) != 0)
		return 77;
	if (guest_veth_add(IN, OUT) != 0)
		return 1;
	pthread_create(&threads[0], NULL, flood, NULL);
	pthread_create(&threads[1], NULL, trouble, NULL);
	for (i = 2; i < 6; i++)
		pthread_create(&threads[i], NULL, reader, (void *)i);
	sleep(argc > 1 ? (unsigned int)atoi(argv[1]) : 5);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	guest_link_delete(IN);
	printf("guest_race: %llu binds, %llu mappings\n", binds, takes);
	return binds > 10 && takes > 10 ? 0 : 1;
}
