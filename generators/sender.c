// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generators/sender.h"
#include "harness/util/netif.h"

static const char *name_of(const struct sender *s)
{
	return s->g->ops->name;
}

/* An interface with a default route leads to other people's network: refuse to flood it. */
static int refuse_default_route(struct generator *g, const char *ifname)
{
	if (!netif_default_route(ifname))
		return 0;
	return err_set(&g->err, -EPERM, "%s: %s has a default route; traffic goes to interfaces made for it only",
		       g->ops->name, ifname);
}

int sender_arm(struct generator *g, int (*ready)(struct sender *s), int (*send)(struct sender *s))
{
	struct sender_set *set = calloc(1, sizeof(*set));
	uint32_t k;
	int r = 0;

	g->priv = set;
	if (!set)
		return err_set(&g->err, -ENOMEM, "%s: no memory", g->ops->name);
	set->send = send;
	sem_init(&set->ready, 0, 0);
	for (k = 0; k < g->place->senders && !r; k++) {
		struct sender *s = &set->sender[k];

		s->g = g;
		s->k = k;
		s->set = set;
		netif_mac(g->place->ifname[k], s->mac);
		r = refuse_default_route(g, g->place->ifname[k]);
		r = r ? r : schedule_make(&s->schedule, g->trial, k, &g->err);
		r = r ? r : ready(s);
		if (r)
			err_set(&g->err, r, "%s", s->err.text);
	}
	return r;
}

static int pin(struct sender *s)
{
	uint32_t cpu = s->g->place->cpu[s->k];
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return err_sys(&s->err, "%s: cannot run on CPU %u", name_of(s), cpu);
	return 0;
}

static void *sender_run(void *arg)
{
	struct sender *s = arg;
	struct thread_meter meter;

	s->result = pin(s);
	thread_begin(&meter, s->g->metering);
	sem_post(&s->set->ready);
	/* Busy-waits, so that all start at once and with a warm CPU. */
	while (!atomic_load(&s->set->go) && !sender_stopped(s))
		sched_yield();
	if (!s->result && !sender_stopped(s))
		s->result = s->set->send(s);
	if (!s->end_ns)
		s->end_ns = clock_now_ns();
	thread_end(&meter, &s->g->metered[s->k]);
	return NULL;
}

static int start_thread(struct sender *s)
{
	int r = pthread_create(&s->thread, NULL, sender_run, s);

	if (r)
		return err_set(&s->g->err, -r, "%s: cannot start a thread: %s", name_of(s), strerror(r));
	s->running = 1;
	while (sem_wait(&s->set->ready) && errno == EINTR)
		;
	return s->result ? err_set(&s->g->err, s->result, "%s", s->err.text) : 0;
}

int sender_fire(struct generator *g)
{
	struct sender_set *set = g->priv;
	uint64_t now;
	uint32_t k;
	int r = 0;

	for (k = 0; k < g->place->senders && !r; k++)
		r = start_thread(&set->sender[k]);
	if (r)
		return r;
	g->starting(g->starting_arg);
	now = clock_now_ns();
	for (k = 0; k < g->place->senders; k++)
		set->sender[k].start_ns = now;
	atomic_store(&set->go, 1);
	return 0;
}

static int join(struct sender *s, const struct timespec *until)
{
	int r;

	if (!s->running)
		return 0;
	r = until ? pthread_timedjoin_np(s->thread, NULL, until) : pthread_join(s->thread, NULL);
	if (!r)
		s->running = 0;
	return -r;
}

int sender_wait(struct generator *g, uint64_t timeout_ns)
{
	struct sender_set *set = g->priv;
	struct timespec until;
	uint32_t k;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(timeout_ns / 1000000000 + 1);
	for (k = 0; k < g->place->senders && !r; k++) {
		r = join(&set->sender[k], &until);
		if (r)
			err_set(&g->err, r, "%s: not done after %" PRIu64 " ms", g->ops->name, timeout_ns / 1000000);
		else if (set->sender[k].result)
			r = err_set(&g->err, set->sender[k].result, "%s", set->sender[k].err.text);
	}
	return r;
}

int sender_stop(struct generator *g)
{
	struct sender_set *set = g->priv;
	uint32_t k;

	if (!set)
		return 0;
	atomic_store(&set->stop, 1);
	for (k = 0; k < SENDERS_MAX; k++)
		join(&set->sender[k], NULL);
	return 0;
}

static void check_schedule(const struct sender *s, uint64_t took, struct outcome *o)
{
	uint64_t planned = schedule_ns(&s->schedule);

	if (!s->schedule.due || took <= planned + (uint64_t)((double)planned * SCHEDULE_LATE) + SCHEDULE_SLACK_NS)
		return;
	outcome_fail(o, TRIAL_INVALID, "the sender took %" PRIu64 " us for what was to take %" PRIu64 " us",
		     took / 1000, planned / 1000);
}

int sender_report(struct generator *g, struct outcome *o)
{
	struct sender_set *set = g->priv;
	uint32_t k;

	for (k = 0; k < g->place->senders; k++) {
		const struct sender *s = &set->sender[k];
		uint64_t took = s->end_ns - s->start_ns;

		if (!s->schedule.n)
			continue;
		o->generator.sent += s->sent;
		o->generator.errors += s->errors;
		if (g->trial->mix.n)
			mix_count(&g->trial->mix, s->sent, o->sizes.sent);
		o->generator.achieved_pps += took ? (uint64_t)((double)s->sent * 1e9 / (double)took + 0.5) : 0;
		if (took > o->generator.duration_ns)
			o->generator.duration_ns = took;
		check_schedule(s, took, o);
	}
	return 0;
}

void sender_disarm(struct generator *g, void (*release)(struct sender *s))
{
	struct sender_set *set = g->priv;
	uint32_t k;

	sender_stop(g);
	for (k = 0; set && k < SENDERS_MAX; k++) {
		if (set->sender[k].g)
			release(&set->sender[k]);
		schedule_free(&set->sender[k].schedule);
	}
	free(set);
	g->priv = NULL;
}
