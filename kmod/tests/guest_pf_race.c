// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that can be done to a PF_ZEROCOPY socket, by threads that know
 * nothing of each other, under traffic, while its interface comes and goes.
 * What each call returns does not matter; that the kernel and the next socket
 * live, does. TAP on stdout; exit 0: all passed.
 *
 *   guest_pf_race SECONDS
 */
#include <pthread.h>
#include <time.h>

#include "kmod/tests/guest_pf.h"

static volatile int fd = -1; /* what is hammered */
static volatile bool stop;
static unsigned long calls[16];

static void receive(void)
{
	uint8_t frame[2048];

	recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
}

static void receive_sleeping(void)
{
	struct timeval timeout = { .tv_usec = 2000 };
	uint8_t frame[2048];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	recv(fd, frame, sizeof(frame), 0);
}

static void send_own(void)
{
	uint8_t frame[1514];

	pf_fill(frame, sizeof(frame), 1);
	send(fd, frame, rand() % 2 ? sizeof(frame) : 0, MSG_DONTWAIT);
}

static void set_up(void)
{
	pf_setup(fd, rand() % 2 ? YKVM_SETUP_DROP_NEWEST : 0, 64U << rand() % 3);
}

/* Over memory that is gone before the ring is. */
static void set_up_user(void)
{
	struct ykvm_setup s = { .abi = YKVM_ABI,
				.slots = 64,
				.memory_bytes = 64 * 2048,
				.flags = YKVM_SETUP_DROP_NEWEST | YKVM_SETUP_USER_MEMORY };
	void *memory = mmap(NULL, s.memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	s.memory_addr = (uintptr_t)memory;
	pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s));
	munmap(memory, s.memory_bytes);
}

static void bind_it(void)
{
	pf_bind(fd, IN);
}

/* Once mapped, the reader is a hostile one. */
static void map(void)
{
	struct ykvm_setup s;
	struct ykvm_user *u;

	if (rand() % 8 || pf_get(fd, ZEROCOPY_SETUP, &s, sizeof(s)) < 0)
		return;
	u = mmap(NULL, s.user_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (u == MAP_FAILED)
		return;
	u->consumer = (uint64_t)rand() << 40;
	u->released = (uint64_t)rand() % 1000;
	u->tx_producer = (uint64_t)rand() % 1000;
	usleep(100);
	munmap(u, s.user_bytes);
}

static void ask(void)
{
	struct ykvm_wait w = { .timeout_ns = 1000000 };
	struct sockaddr_zerocopy a;
	socklen_t bytes = sizeof(a);
	struct ykvm_stats s;

	pf_events(fd, 0);
	guest_ioctl(fd, YKVM_WAIT, &w);
	guest_ioctl(fd, YKVM_KICK, NULL);
	pf_get(fd, ZEROCOPY_STATS, &s, sizeof(s));
	getsockname(fd, (struct sockaddr *)&a, &bytes);
	pf_error(fd);
}

static void shut(void)
{
	if (rand() % 20 == 0)
		shutdown(fd, rand() % 3);
}

static void interface(void)
{
	usleep(20000);
	guest_link_delete(IN);
	guest_veth_add(IN, OUT);
}

/* Closed while others are at it. */
static void renew(void)
{
	int old = fd;

	usleep(5000);
	fd = pf_socket();
	close(old);
}

static void traffic(void)
{
	int i, s = guest_sender(OUT);
	uint8_t frame[1514];

	pf_fill(frame, sizeof(frame), 2);
	for (i = 0; i < 500 && s >= 0; i++)
		send(s, frame, 60 + (size_t)i, MSG_DONTWAIT);
	if (s >= 0)
		close(s);
}

static void (*const actions[])(void) = { receive,     receive_sleeping, send_own, receive, set_up,
					 set_up_user, bind_it,		map,	  ask,	   bind_it,
					 shut,	      interface,	renew,	  traffic };

#define ACTIONS (sizeof(actions) / sizeof(*actions))

static void *hammer(void *arg)
{
	size_t i = (size_t)arg;

	while (!stop) {
		actions[i]();
		calls[i]++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[ACTIONS];
	unsigned long fewest = -1UL;
	int s, sender;
	uint8_t frame[64];
	size_t i;

	if (guest_veth_add(IN, OUT) != 0)
		return 1;
	fd = pf_socket();
	for (i = 0; i < ACTIONS; i++)
		pthread_create(&threads[i], NULL, hammer, (void *)i);
	sleep(argc > 1 ? (unsigned int)atoi(argv[1]) : 3);
	stop = true;
	for (i = 0; i < ACTIONS; i++) {
		pthread_join(threads[i], NULL);
		fewest = calls[i] < fewest ? calls[i] : fewest;
	}
	IS(fewest > 2, 1, "every thread did its work");
	close(fd);
	guest_link_delete(IN);
	IS(guest_veth_add(IN, OUT), 0, "an interface");
	s = pf_socket();
	sender = guest_sender(OUT);
	IS(pf_bind(s, IN), 0, "is free for another socket");
	pf_frames(sender, 1, 64);
	IS(recv(s, frame, 64, MSG_DONTWAIT), 64, "which gets its frames");
	guest_link_delete(IN);
	return guest_checked();
}
