// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a reader sleeps and what wakes it, in the guest, over a veth pair: batches
 * of wake-ups, YKVM_WAIT, busy polling. TAP on stdout; exit 0: all passed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

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
		pair_send(n, 60);
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

	pair_ring(&g, want, 0);
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

	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
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
	pair_send(1, 60);
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

	pair_ring(&g, (struct ykvm_setup) { .slots = 64, .busy_usecs = 100000 }, 0);
	batch(&g, 1, false, 40, 120, "YKVM_WAIT: found while it looks");
	batch(&g, 1, true, 40, 120, "poll: found while it looks");
	IS(guest_stats(&g).woken, 0, "nobody was woken");
	IS(wait_ms(&g, 200), -ETIME, "looks, sleeps, and ends");
	guest_close(&g);
}

/* epoll and io_uring ask once, under locks that others wait for: nothing may spin there. */
static void test_busy_epoll(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct guest_ring g;
	uint64_t from;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64, .busy_usecs = 1000000 }, 0);
	from = now_ms();
	IS(epoll_ctl(ep, EPOLL_CTL_ADD, g.fd, &e), 0, "watched by epoll");
	IS(now_ms() - from < 200, 1, "at once, without busy polling");
	from = now_ms();
	IS(epoll_wait(ep, &e, 1, 100), 0, "nothing comes");
	IS(now_ms() - from < 400, 1, "nor is there any in epoll_wait");
	pair_send(1, 60);
	IS(epoll_wait(ep, &e, 1, 1000), 1, "a frame comes");
	close(ep);
	guest_close(&g);
}

/* A reader that is stopped and goes on has waited meanwhile. */
static void test_stopped(void)
{
	struct guest_ring g;
	uint64_t from;
	pid_t child;
	int status;

	pair_ring(&g, (struct ykvm_setup) { .slots = 64 }, 0);
	from = now_ms();
	child = fork();
	if (child == 0)
		_exit(wait_ms(&g, 600) == -ETIME ? 0 : 1);
	usleep(400000);
	kill(child, SIGSTOP);
	waitpid(child, &status, WUNTRACED);
	kill(child, SIGCONT);
	waitpid(child, &status, 0);
	IS(WIFEXITED(status) && WEXITSTATUS(status) == 0, 1, "stopped and continued: its time is over");
	IS(now_ms() - from >= 600 && now_ms() - from < 800, 1, "when it was to be");
	printf("# after %llu ms\n", (unsigned long long)(now_ms() - from));
	guest_close(&g);
}

int main(void)
{
	int skip = pair_begin();

	if (skip)
		return skip;
	test_wake_batching();
	test_wait();
	test_busy();
	test_busy_epoll();
	test_stopped();
	return pair_end();
}
