// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "harness/record/settings.h"
#include "harness/trial/reader.h"
#include "harness/util/number.h"

/* Only there to interrupt a sleep in wait(). */
static void on_wake(int sig)
{
	(void)sig;
}

static int poll_once(struct capture *c)
{
	sink_batch(c->sink);
	return c->ops->poll(c, READER_BUDGET);
}

/* Injected fault: reads so many frames, and leaves the later ones unread. */
static int poll_and_leave(struct reader *r)
{
	const struct capture_ops *ops = r->capture->ops;
	uint64_t left = r->leaves_after;
	int n = 0;

	while (left && n >= 0 && !atomic_load(&r->stop)) {
		sink_batch(r->capture->sink);
		n = ops->poll(r->capture, left < READER_BUDGET ? (int)left : READER_BUDGET);
		left -= n > 0 ? (uint64_t)n : 0;
		if (n == 0 && ops->wait)
			ops->wait(r->capture, READER_WAIT_NS);
	}
	return n < 0 ? n : 0;
}

/* A signal that interrupts the sleep asks for `stop` to be read again. */
static void nap_until(atomic_int *word, int value)
{
	const struct timespec nap = { 0, 1000000 };

	while (atomic_load(word) != value)
		nanosleep(&nap, NULL);
}

/* After an empty poll: has the reader polled long enough to go to sleep? since: when it last found a frame. */
static bool may_sleep(const struct reader *r, uint64_t *since, bool found)
{
	uint64_t now;

	if (!r->spin_ns)
		return !found;
	now = clock_elapsed(&r->capture->sink->clock);
	if (found)
		*since = now;
	else
		__builtin_ia32_pause();
	return !found && now - *since >= r->spin_ns;
}

static int poll_until_stopped(struct reader *r)
{
	struct capture *c = r->capture;
	const struct capture_ops *ops = c->ops;
	const struct timespec nap = { READER_WAIT_NS * 50 / 1000000000, 0 };
	uint64_t since = 0;
	int n = 0;

	/* If the kernel itself consumes the frames, the reader only waits for the end. */
	while (!ops->poll && !atomic_load(&r->stop))
		nanosleep(&nap, NULL);
	while (ops->poll && n >= 0 && !atomic_load_explicit(&r->stop, memory_order_relaxed)) {
		n = poll_once(c);
		if (may_sleep(r, &since, n) && ops->wait)
			ops->wait(c, READER_WAIT_NS);
	}
	/* Frames that have already arrived are still read. */
	while (ops->poll && n >= 0)
		if ((n = poll_once(c)) == 0)
			break;
	return n < 0 ? n : 0;
}

static struct counter time_ns(struct timeval t)
{
	return counter_of((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_usec * 1000);
}

/* CPU time that this thread has used so far; the kernel reports microseconds. */
static struct cpu_used thread_used(void)
{
	struct cpu_used used = { 0 };
	struct rusage ru;

	if (getrusage(RUSAGE_THREAD, &ru))
		return used;
	used.user_ns = time_ns(ru.ru_utime);
	used.system_ns = time_ns(ru.ru_stime);
	return used;
}

static int open_all(struct reader *r)
{
	struct capture *c = r->capture;
	int ret = c->ops->open ? c->ops->open(c) : 0;

	if (ret || !r->adapts)
		return ret;
	ret = r->adapts->ops->open(r->adapts);
	return ret ? err_set(&c->err, ret, "%s", r->adapts->err.text) : 0;
}

static void *reader_run(void *arg)
{
	struct reader *r = arg;
	struct capture *c = r->capture;
	struct cpu_used before, after;
	struct thread_meter meter;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(r->cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		r->result = err_sys(&c->err, "reader: cannot run on CPU %u", r->cpu);
	else
		r->result = open_all(r);
	thread_begin(&meter, r->metering);
	before = thread_used();
	sem_post(&r->ready);
	if (r->result) {
		thread_end(&meter, &r->metered);
		return NULL;
	}
	nap_until(&r->stalled, 0);
	if (r->leaves_after && c->ops->poll) {
		r->result = poll_and_leave(r);
		nap_until(&r->stop, 1);
	} else {
		r->result = poll_until_stopped(r);
	}
	after = thread_used();
	thread_end(&meter, &r->metered);
	r->used.user_ns = counter_diff(after.user_ns, before.user_ns);
	r->used.system_ns = counter_diff(after.system_ns, before.system_ns);
	if (!r->result && c->ops->counts)
		r->result = c->ops->counts(c, &r->counts);
	return NULL;
}

int reader_spin(uint64_t *spin_ns, const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, READER_SPIN_KEY);
	uint64_t usecs = 0;

	if (text && (number_parse(text, &usecs) || usecs > READER_SPIN_MAX))
		return err_set(e, -EINVAL, "%s=%s: must be a whole number from 0 to %d", READER_SPIN_KEY, text,
			       READER_SPIN_MAX);
	*spin_ns = usecs * 1000;
	return 0;
}

int reader_start(struct reader *r, struct capture *c, const struct reader_setup *s, struct err *e)
{
	struct sigaction sa = { .sa_handler = on_wake };
	int ret;

	memset(r, 0, sizeof(*r));
	r->capture = c;
	r->cpu = s->cpu;
	r->metering = s->metering;
	r->spin_ns = s->spin_ns;
	r->adapts = s->adapts;
	atomic_init(&r->stalled, s->fault->kind == FAULT_STALL);
	r->leaves_after = s->fault->kind == FAULT_LEAVE ? s->fault->first : 0;
	sem_init(&r->ready, 0, 0);
	sigaction(SIGUSR1, &sa, NULL);
	ret = pthread_create(&r->thread, NULL, reader_run, r);
	if (ret)
		return err_set(e, -ret, "reader: cannot start a thread: %s", strerror(ret));
	r->running = 1;
	while (sem_wait(&r->ready) && errno == EINTR)
		;
	return r->result ? err_set(e, r->result, "%s", c->err.text) : 0;
}

int reader_stop(struct reader *r, struct err *e)
{
	if (!r->running)
		return 0;
	atomic_store(&r->stop, 1);
	pthread_kill(r->thread, SIGUSR1);
	pthread_join(r->thread, NULL);
	r->running = 0;
	return r->result ? err_set(e, r->result, "%s", r->capture->err.text) : 0;
}
