// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, in the guest: one thread floods, three set up, map,
 * bind, poll, take, scribble and close one device in any order, and the
 * interface goes down, comes up, is removed and made again.
 *
 *   guest_race [SECONDS]     exit 0: still alive at the end; the judge is the kernel's log
 */
#include <fcntl.h>
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

static void shake(int fd, struct ykvm_setup *s, unsigned int *x)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct ykvm_stats stats;
	uint64_t *user;
	void *shared;

	switch (rand_r(x) % 6) {
	case 0:
		guest_setup(fd, s, 64U << rand_r(x) % 4);
		break;
	case 1:
	case 2:
		if (guest_bind(fd, if_nametoindex(IN)) == 0)
			__atomic_fetch_add(&binds, 1, __ATOMIC_RELAXED);
		break;
	case 3:
		ioctl(fd, rand_r(x) % 2 ? (unsigned long)YKVM_UNBIND : (unsigned long)YKVM_STATS, &stats);
		break;
	case 4:
		poll(&p, 1, 1);
		break;
	default:
		user = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		shared = mmap(NULL, s->shared_bytes, PROT_READ, MAP_SHARED, fd, 4096);
		if (user != MAP_FAILED) {
			user[0] += (uint64_t)(rand_r(x) % 100);
			user[8] = rand_r(x) % 8 ? user[0] : (uint64_t)rand_r(x) << 33;
			__atomic_fetch_add(&takes, 1, __ATOMIC_RELAXED);
			usleep(500);
			munmap(user, 4096);
		}
		if (shared != MAP_FAILED)
			munmap(shared, s->shared_bytes);
	}
}

static int shared_fd = -1;

/* Only one of those who try gets it. */
static void open_again(void)
{
	int fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		__atomic_store_n(&shared_fd, fd, __ATOMIC_RELAXED);
	else
		usleep(100);
}

static void *reader(void *arg)
{
	unsigned int x = (unsigned int)(uintptr_t)arg;
	struct ykvm_setup s = { .shared_bytes = 4096 };

	while (running()) {
		int fd = __atomic_load_n(&shared_fd, __ATOMIC_RELAXED);

		if (fd < 0)
			open_again();
		else if (rand_r(&x) % 200 == 0 && __atomic_exchange_n(&shared_fd, -1, __ATOMIC_RELAXED) == fd)
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
	pthread_t threads[5];
	uintptr_t i;

	if (access(YKVM_DEVICE, F_OK) != 0)
		return 77;
	if (guest_veth_add(IN, OUT) != 0)
		return 1;
	pthread_create(&threads[0], NULL, flood, NULL);
	pthread_create(&threads[1], NULL, trouble, NULL);
	for (i = 2; i < 5; i++)
		pthread_create(&threads[i], NULL, reader, (void *)i);
	sleep(argc > 1 ? (unsigned int)atoi(argv[1]) : 5);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	guest_link_delete(IN);
	printf("guest_race: %llu binds, %llu mappings\n", binds, takes);
	return binds > 10 && takes > 10 ? 0 : 1;
}
