// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/dut/knobs.h"
#include "harness/dut/pollers.h"
#include "harness/record/settings.h"
#include "harness/trial/fault.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

#define CARRIER_NS 20000000000ULL
#define HOG_CPU 1 /* the DUT's */
#define HOG_PRIORITY 10
#define STORY_PRIORITY 20 /* whoever tells the hog to end must come before it */

enum operand { OPERAND_NONE, OPERAND_NUMBER, OPERAND_RANGE };

static const struct {
	const char *name;
	enum operand operand;
} kinds[FAULTS] = {
	[FAULT_UNSENT] = { "unsent", OPERAND_RANGE },	 [FAULT_SWALLOW] = { "swallow", OPERAND_RANGE },
	[FAULT_REPEAT] = { "repeat", OPERAND_NONE },	 [FAULT_SWAP] = { "swap", OPERAND_RANGE },
	[FAULT_FLIP] = { "flip", OPERAND_RANGE },	 [FAULT_STOP] = { "stop", OPERAND_NONE },
	[FAULT_BACKLOG] = { "backlog", OPERAND_NUMBER }, [FAULT_XDP] = { "xdp", OPERAND_RANGE },
	[FAULT_FILTER] = { "filter", OPERAND_RANGE },	 [FAULT_STALL] = { "stall", OPERAND_NONE },
	[FAULT_LEAVE] = { "leave", OPERAND_NUMBER },
};

static bool operand_parse(struct fault *p, enum operand operand, const char *text)
{
	int n = 0;

	if (operand == OPERAND_NONE)
		return !*text;
	if (operand == OPERAND_NUMBER)
		return sscanf(text, ":%u%n", &p->first, &n) == 1 && !text[n];
	return sscanf(text, ":%u-%u%n", &p->first, &p->last, &n) == 2 && !text[n] && p->first && p->first <= p->last;
}

static int fault_parse(struct fault *p, const char *text, struct err *e)
{
	size_t n = strcspn(text, ":");

	for (p->kind = FAULT_NONE + 1; p->kind < FAULTS; p->kind++) {
		if (strlen(kinds[p->kind].name) != n || memcmp(kinds[p->kind].name, text, n))
			continue;
		if (operand_parse(p, kinds[p->kind].operand, text + n))
			return 0;
		break;
	}
	return err_set(e, -EINVAL, FAULT_KEY "=%s: no fault that can be injected (harness/trial/fault.h)", text);
}

static bool fault_is_egress(const struct fault *p)
{
	return p->kind >= FAULT_SWALLOW && p->kind <= FAULT_FLIP;
}

int fault_of_trial(struct fault *p, const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, FAULT_KEY);
	int r;

	*p = (struct fault) { .xdp_link = -1 };
	r = text ? fault_parse(p, text, e) : 0;
	if (r || !text)
		return r;
	if (t->senders != 1)
		return err_set(e, -EINVAL, FAULT_KEY "=%s: wants one sender", text);
	if (p->last > t->count || (p->kind == FAULT_UNSENT && (p->first < 2 || p->last != t->count)))
		return err_set(e, -EINVAL, FAULT_KEY "=%s: does not fit count=%llu", text,
			       (unsigned long long)t->count);
	if ((fault_is_egress(p) || p->kind == FAULT_REPEAT) && !generator_setting(t, "queue"))
		return err_set(e, -EINVAL, FAULT_KEY "=%s: wants gen.queue=1", text);
	return 0;
}

uint64_t fault_sends(const struct fault *p, uint64_t count)
{
	return p->kind == FAULT_UNSENT ? p->first - 1 : count;
}

int fault_hooks(struct fault *p, const char *dut, const struct generator_place *place, struct undo *u,
		struct outcome *o, struct err *e)
{
	int r;

	if (fault_is_egress(p))
		return fault_egress(p, place->ifname[0], u, e);
	if (p->kind == FAULT_REPEAT)
		return fault_netem(place->ifname[0], u, e);
	if (p->kind != FAULT_XDP)
		return 0;
	/* The driver rebuilds its rings for an XDP program: the link goes down, and the interrupts are set up again. */
	r = fault_xdp(p, dut, e);
	r = r ? r : netif_wait_carrier(dut, CARRIER_NS, e);
	r = r ? r : netif_irq_pin(dut, HOG_CPU, e);
	return r < 0 ? r : outcome_knob(o, "xdp", "native");
}

static void *hog_run(void *arg)
{
	struct fault *p = arg;

	while (!atomic_load_explicit(&p->hog_over, memory_order_relaxed))
		;
	return NULL;
}

static int hog_start(struct fault *p, struct err *e)
{
	struct sched_param story = { .sched_priority = STORY_PRIORITY }, hog = { .sched_priority = HOG_PRIORITY };
	pthread_attr_t attr;
	int r;

	if (sched_setscheduler(0, SCHED_FIFO, &story))
		return err_sys(e, "fault: real-time priority");
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &hog);
	r = pthread_create(&p->hog, &attr, hog_run, p);
	pthread_attr_destroy(&attr);
	p->hogging = !r;
	return r ? err_set(e, -r, "fault: cannot start a thread: %s", strerror(r)) : 0;
}

/* Interrupts cannot be blocked from here, but threaded NAPI can: a busy loop of higher priority keeps its threads from polling. */
int fault_stop(struct fault *p, const char *dut, struct undo *u, struct outcome *o, struct err *e)
{
	char length[16];
	int r;

	if (p->kind != FAULT_STOP && p->kind != FAULT_BACKLOG)
		return 0;
	r = knob_set(dut, "threaded", "1", u, o, e);
	if (!r && p->kind == FAULT_BACKLOG) {
		snprintf(length, sizeof(length), "%u", p->first);
		r = knob_set(dut, "netdev_max_backlog", length, u, o, e);
		r = r ? r : knob_set(dut, "rps_cpus", "2", u, o, e);
	}
	r = r ? r : pollers_pin(dut, HOG_CPU, e);
	return r ? r : hog_start(p, e);
}

void fault_let_go(struct fault *p)
{
	struct sched_param usual = { 0 };

	if (!p->hogging)
		return;
	atomic_store(&p->hog_over, 1);
	pthread_join(p->hog, NULL);
	p->hogging = 0;
	sched_setscheduler(0, SCHED_OTHER, &usual);
}

void fault_free(struct fault *p)
{
	fault_let_go(p);
	if (p->kind == FAULT_XDP && p->xdp_link >= 0)
		close(p->xdp_link);
	p->xdp_link = -1;
}
