// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * adaptive-coalesced: another capture, and a controller in user space that moves rx_usecs of the NIC by the frames that
 * the driver counts. It has a real-time thread of its own on the reader's CPU, since under the loads that want it most the
 * kernel's soft interrupts keep an ordinary thread, like the reader, from its CPU. Any driver that has rx_usecs will do.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture-impls/adaptive-coalesced/coalesce.h"
#include "capture-impls/capture.h"
#include "harness/util/ethtool.h"
#include "harness/util/number.h"

#define KNOB "rx_usecs"

struct adaptive {
	struct coalesce_by_load by; /* parameters */
	uint32_t look_ms;

	int counter; /* rx_packets; open only if running */
	pthread_t thread;
	bool running;
	atomic_int over;
	const char *ifname;
	uint32_t usecs; /* as set now */
	uint64_t frames, at_ns; /* at the last look */
	uint64_t switches, ns; /* ns: watched */
	double usecs_ns; /* rx_usecs, weighted with its time */
	int result; /* of the first look that failed */
	struct err err;
};

static const struct knob_value set[] = {
	{ KNOB, "10" },
	{ 0 },
};

static const struct capture_param params[] = {
	{ "quick_usecs", PARAM_U32, offsetof(struct adaptive, by.quick_usecs), "10", 10, 5000,
	  "us: rx_usecs up to quick_pps" },
	{ "bulk_usecs", PARAM_U32, offsetof(struct adaptive, by.bulk_usecs), "100", 10, 5000,
	  "us: rx_usecs from bulk_pps on; between them it grows with the rate" },
	{ "quick_pps", PARAM_U32, offsetof(struct adaptive, by.quick_pps), "10000", 1, 100000000,
	  "frames a second: up to here delay counts" },
	{ "bulk_pps", PARAM_U32, offsetof(struct adaptive, by.bulk_pps), "100000", 1, 100000000,
	  "frames a second: from here on CPU counts" },
	{ "look_ms", PARAM_U32, offsetof(struct adaptive, look_ms), "5", 1, 1000,
	  "ms: so long from one look at the traffic to the next" },
	{ 0 },
};

static int adaptive_check(const void *priv, struct err *e)
{
	const struct adaptive *a = priv;

	if (a->by.quick_pps >= a->by.bulk_pps)
		return err_set(e, -EINVAL, "adaptive-coalesced: quick_pps=%u must be below bulk_pps=%u",
			       a->by.quick_pps, a->by.bulk_pps);
	if (a->by.quick_usecs > a->by.bulk_usecs)
		return err_set(e, -EINVAL, "adaptive-coalesced: quick_usecs=%u must be at most bulk_usecs=%u",
			       a->by.quick_usecs, a->by.bulk_usecs);
	return 0;
}

/* Frames that the driver has counted so far. */
static int count(struct adaptive *a, uint64_t *frames)
{
	char text[32];
	ssize_t n = pread(a->counter, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return err_sys(&a->err, "adaptive-coalesced: rx_packets of %s", a->ifname);
	text[n - 1] = 0;
	return number_parse(text, frames) ? err_set(&a->err, -EPROTO, "rx_packets of %s is no number", a->ifname) : 0;
}

static int move(struct adaptive *a, uint32_t usecs)
{
	if (usecs == a->usecs)
		return 0;
	a->usecs = usecs;
	a->switches++;
	return ethtool_set(a->ifname, ETHTOOL_RX_USECS, usecs, &a->err);
}

static int look(struct adaptive *a)
{
	uint64_t now = clock_now_ns(), took = now - a->at_ns, before = a->frames;
	int r = count(a, &a->frames);

	if (r || !took)
		return r;
	a->at_ns = now;
	a->ns += took;
	a->usecs_ns += (double)a->usecs * (double)took;
	return move(a, coalesce_for(&a->by, (double)(a->frames - before) * 1e9 / (double)took, a->usecs));
}

static void *watch(void *arg)
{
	struct adaptive *a = arg;
	const uint64_t nap_ns = a->look_ms * 1000000ULL;
	const struct timespec nap = { (time_t)(nap_ns / 1000000000), (long)(nap_ns % 1000000000) };

	while (!a->result && !atomic_load(&a->over)) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		a->result = look(a);
	}
	return NULL;
}

/* On the CPU of the caller, whose affinity it inherits. */
static int start(struct adaptive *a, struct err *e)
{
	const struct sched_param first = { .sched_priority = 1 };
	pthread_attr_t attr;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &first);
	a->at_ns = clock_now_ns();
	r = pthread_create(&a->thread, &attr, watch, a);
	pthread_attr_destroy(&attr);
	a->running = !r;
	return r ? err_set(e, -r, "adaptive-coalesced: cannot start a real-time thread: %s", strerror(r)) : 0;
}

/* From here on rx_usecs moves, and is put back in any case. */
static int adaptive_open(struct capture *c)
{
	struct adaptive *a = c->priv;
	char path[128];
	int r = knob_keep(c->ifname, KNOB, c->undo, &c->err);

	a->ifname = c->ifname;
	a->usecs = a->by.quick_usecs;
	r = r ? r : ethtool_set(c->ifname, ETHTOOL_RX_USECS, a->usecs, &c->err);
	if (r)
		return r;
	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_packets", c->ifname);
	a->counter = open(path, O_RDONLY | O_CLOEXEC);
	if (a->counter < 0)
		return err_sys(&c->err, "adaptive-coalesced: %s", path);
	r = count(a, &a->frames);
	r = r ? err_set(&c->err, r, "%s", a->err.text) : start(a, &c->err);
	if (r)
		close(a->counter);
	return r;
}

/* No one value was in force: the record has how often it moved, and its mean over the time watched. */
static void tell(const struct adaptive *a, struct outcome *o)
{
	char text[32];

	outcome_knob(o, KNOB, NULL);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)a->switches);
	outcome_knob(o, "adaptive-coalesced.switches", text);
	snprintf(text, sizeof(text), "%.0f", a->ns ? a->usecs_ns / (double)a->ns : a->usecs);
	outcome_knob(o, "adaptive-coalesced.mean_usecs", text);
}

static void adaptive_close(struct capture *c)
{
	struct adaptive *a = c->priv;

	if (!a->running)
		return;
	atomic_store(&a->over, 1);
	pthread_join(a->thread, NULL);
	close(a->counter);
	a->running = false;
	tell(a, c->outcome);
	if (a->result)
		outcome_fail(c->outcome, TRIAL_FAILED, "%s", a->err.text);
}

const struct capture_ops capture_adaptive_coalesced = {
	.name = "adaptive-coalesced",
	.summary = "another capture, and a controller that moves rx-usecs by the traffic it sees (ethtool netlink)",
	.priv_size = sizeof(struct adaptive),
	.params = params,
	.base = "libpcap",
	.knobs = set,
	.check = adaptive_check,
	.open = adaptive_open,
	.close = adaptive_close,
};
