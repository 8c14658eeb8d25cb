// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a reader sleeps, and what wakes it. Who is about to sleep arms the
 * client, then looks at the ring once more; who fills the ring looks whether
 * it is armed after the frame shows. Either sees what the other stored: by
 * client.lock where the hook fills the ring, by a full barrier on either side
 * where a source does. A reader that is awake costs a frame one test.
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <net/busy_poll.h>

#include "compat.h"
#include "internal.h"

#define BUSY_BUDGET 64 /* frames; NAPI's own weight */

static void wake_now(struct ykvm_client *c)
{
	if (!xchg(&c->armed, 0))
		return;
	atomic64_inc(&c->woken);
	wake_up_interruptible_poll(&c->wait, EPOLLIN | EPOLLRDNORM);
}

/* The timer runs from the first frame that nobody was woken for, and not on to the next batch's. */
void ykvm_client_wake(struct ykvm_client *c)
{
	if (c->wake_frames == 1) {
		wake_now(c);
	} else if (ykvm_ring_busy(&c->ring) >= c->wake_frames) {
		hrtimer_try_to_cancel(&c->wake_timer);
		wake_now(c);
	} else if (!hrtimer_is_queued(&c->wake_timer)) { /* one that is firing now may have come too early */
		hrtimer_start(&c->wake_timer, ns_to_ktime(c->wake_ns), HRTIMER_MODE_REL);
	}
}
EXPORT_SYMBOL_GPL(ykvm_client_wake);

static enum hrtimer_restart wake_expired(struct hrtimer *timer)
{
	wake_now(container_of(timer, struct ykvm_client, wake_timer));
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart wait_expired(struct hrtimer *timer)
{
	wake_up_interruptible(&container_of(timer, struct ykvm_client, wait_timer)->wait);
	return HRTIMER_NORESTART;
}

void ykvm_wake_init(struct ykvm_client *c)
{
	init_waitqueue_head(&c->wait);
	hrtimer_setup(&c->wake_timer, wake_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_setup(&c->wait_timer, wait_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}

void ykvm_wake_stop(struct ykvm_client *c)
{
	hrtimer_cancel(&c->wake_timer);
	hrtimer_cancel(&c->wait_timer);
}

static void arm(struct ykvm_client *c)
{
	spin_lock_bh(&c->lock);
	WRITE_ONCE(c->armed, 1);
	spin_unlock_bh(&c->lock);
	smp_mb(); /* matches ykvm_client_published() */
}

static __poll_t ready(const struct ykvm_client *c)
{
	u32 status = READ_ONCE(c->ring.state->status);
	__poll_t events = ykvm_ring_busy(&c->ring) ? EPOLLIN | EPOLLRDNORM : 0;

	if (status & YKVM_STATUS_GONE)
		return events | EPOLLHUP | EPOLLERR;
	if ((status & (YKVM_STATUS_BOUND | YKVM_STATUS_DOWN)) != YKVM_STATUS_BOUND)
		return events | EPOLLERR;
	return events;
}

static bool busy_end(void *arg, unsigned long start)
{
	struct ykvm_client *c = arg;

	return ready(c) || signal_pending(current) || ((busy_loop_current_time() - start) << 10) >= c->busy_ns;
}

/*
 * Looks for a while before it sleeps. Where the queue is known its NAPI is
 * polled from here, without an interrupt; where it is not, or has gone, another
 * CPU must bring the frames.
 */
static void busy_poll(struct ykvm_client *c)
{
	unsigned long start = busy_loop_current_time();
	unsigned int napi_id = READ_ONCE(c->napi_id);

	if (napi_id >= MIN_NAPI_ID)
		napi_busy_loop(napi_id, busy_end, c, false, BUSY_BUDGET);
	while (!busy_end(c, start)) {
		cond_resched();
		cpu_relax();
	}
}

/* A NIC that is short of descriptors would have nothing to wake the sleeper with. */
static void prepare(struct ykvm_client *c)
{
	if (unlikely(READ_ONCE(c->ring.state->kick)))
		ykvm_client_kick(c);
}

/*
 * How poll() and select() are asked to wait. epoll and io_uring ask in ways of their own, once, to be told later; they do
 * so under locks that others wait for, and do not sleep here: nobody's busy polling.
 */
static poll_queue_proc poll_sleeps __ro_after_init;

void __init ykvm_wake_module_init(void)
{
	struct poll_wqueues w;

	poll_initwait(&w);
	poll_sleeps = w.pt._qproc;
	poll_freewait(&w);
}

/* Edge-triggered epoll hears of the next frame only if this arms whatever is there. */
static __poll_t poll_events(struct ykvm_client *c, poll_table *wait)
{
	prepare(c);
	if (c->busy_ns && wait && wait->_qproc == poll_sleeps && !ready(c))
		busy_poll(c);
	arm(c);
	return ready(c);
}

__poll_t ykvm_client_poll(struct ykvm_client *c, struct file *file, poll_table *wait)
{
	__poll_t events;

	poll_wait(file, &c->wait, wait);
	if (!ykvm_client_use(c))
		return EPOLLERR;
	events = poll_events(c, wait);
	ykvm_client_unuse(c);
	return events;
}
EXPORT_SYMBOL_GPL(ykvm_client_poll);

/*
 * One timer for all who wait, left running when a frame wakes them: a reader
 * that waits once a frame, each time as long, starts it once. It may fire too
 * early for whom it wakes, who then starts it again.
 */
static bool timer_runs(const struct ykvm_client *c, ktime_t until)
{
	return hrtimer_is_queued((struct hrtimer *)&c->wait_timer) &&
	       ktime_compare(hrtimer_get_expires(&c->wait_timer), until) <= 0;
}

static void wait_until(struct ykvm_client *c, ktime_t until)
{
	if (likely(timer_runs(c, until)))
		return;
	spin_lock_bh(&c->lock); /* among those who wait the earliest counts */
	if (!timer_runs(c, until))
		hrtimer_start(&c->wait_timer, until, HRTIMER_MODE_ABS);
	spin_unlock_bh(&c->lock);
}

static int sleep(struct ykvm_client *c, ktime_t until)
{
	DEFINE_WAIT(entry);
	int ret = 0;

	for (;;) {
		prepare_to_wait(&c->wait, &entry, TASK_INTERRUPTIBLE);
		arm(c);
		if (ready(c))
			break;
		ret = signal_pending(current) ? -ERESTARTNOHAND : 0;
		if (!ret && ktime_compare(ktime_get(), until) >= 0)
			ret = -ETIME;
		if (ret)
			break;
		wait_until(c, until);
		schedule();
	}
	finish_wait(&c->wait, &entry);
	return ret;
}

/* Whoever was stopped and goes on asks anew, for what is left of the time. */
static u64 left_ns(ktime_t until)
{
	return until == KTIME_MAX ? KTIME_MAX : max_t(s64, ktime_to_ns(ktime_sub(until, ktime_get())), 0);
}

static int wait_ready(struct ykvm_client *c, u64 *timeout_ns)
{
	ktime_t until;
	int ret = 0;

	if (ready(c))
		return 0;
	prepare(c);
	if (!*timeout_ns)
		return -ETIME;
	until = ktime_add_safe(ktime_get(), min_t(u64, *timeout_ns, KTIME_MAX));
	if (c->busy_ns)
		busy_poll(c);
	if (!c->busy_ns || !ready(c))
		ret = sleep(c, until);
	if (ret == -ERESTARTNOHAND)
		*timeout_ns = left_ns(until);
	return ret;
}

int ykvm_client_wait(struct ykvm_client *c, struct ykvm_wait *w)
{
	int ret;

	if (w->pad)
		return -EINVAL;
	if (!ykvm_client_use(c))
		return -ENXIO;
	ret = wait_ready(c, &w->timeout_ns);
	w->status = READ_ONCE(c->ring.state->status);
	ykvm_client_unuse(c);
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_wait);
