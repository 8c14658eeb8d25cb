/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For generators that send from this process: one thread for each sender, on its CPU, all started together, behind the
 * generator's contract. The generator itself only has to get ready, and to send.
 */
#ifndef RXLAB_SENDER_H
#define RXLAB_SENDER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "generators/generator.h"
#include "generators/schedule.h"
#include "harness/util/clock.h"

struct sender {
	struct generator *g;
	uint32_t k; /* number */
	uint8_t mac[6]; /* of its interface */
	struct schedule schedule;
	void *priv; /* the generator's own */
	uint64_t start_ns; /* CLOCK_MONOTONIC; time 0 of the schedule */
	uint64_t sent, errors; /* counted by send() */
	uint64_t end_ns; /* when the last frame left; 0: take the time when send() returned */
	struct err err;

	/* private to sender.c */
	pthread_t thread;
	int running, result;
	struct sender_set *set;
};

struct sender_set {
	struct sender sender[SENDERS_MAX];
	int (*send)(struct sender *s);
	sem_t ready;
	atomic_int go, stop;
};

/*
 * For arm(): makes the set (g->priv) and each sender's schedule, then calls ready(), which gets what a sender needs.
 * send() must send and count all frames of s->schedule, and return early if sender_stopped().
 */
int sender_arm(struct generator *g, int (*ready)(struct sender *s), int (*send)(struct sender *s));
int sender_fire(struct generator *g);
int sender_wait(struct generator *g, uint64_t timeout_ns);
int sender_stop(struct generator *g);
int sender_report(struct generator *g, struct outcome *o);
void sender_disarm(struct generator *g, void (*release)(struct sender *s)); /* release(): safe after a failed ready() */

static inline int sender_stopped(const struct sender *s)
{
	return atomic_load_explicit(&s->set->stop, memory_order_relaxed);
}

#define SENDER_LOOK_NS 1000000 /* how often a waiting sender looks whether it shall stop */

/* Spins until frame i is due. */
static inline void sender_pace(const struct sender *s, uint64_t i)
{
	uint64_t now, due;

	if (!s->schedule.due)
		return;
	due = s->start_ns + s->schedule.due[i];
	for (now = clock_now_ns(); now < due && !sender_stopped(s);)
		now = clock_wait_until(due - now < SENDER_LOOK_NS ? due : now + SENDER_LOOK_NS);
}

#endif
