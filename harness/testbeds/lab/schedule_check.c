// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Did a sender keep its schedule? Compares each frame that left it, from QEMU's dump, with its scheduled time: how
 * late it was, and whether the gaps vary like the scheduled ones.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "generators/schedule.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/instruments/wire_dump.h"

#define SCV_TOLERANCE 0.2 /* share of the scheduled gaps' scv: no sender can keep the shortest gaps */
#define SCV_SLACK 0.1 /* and at least this: the sender's interrupts make even equal gaps vary */
#define LATE_P99_NS 30000 /* one interrupt of the sender's own NIC, and one frame before this one */
#define LATE_MAX_NS 150000

/* Over all senders. */
struct kept {
	struct gaps asked, left, late;
};

/* Frames scheduled for the same time are one arrival, represented by the first. */
static int add_frame(struct kept *k, const struct schedule *s, const struct wire_frame *f, struct wire_frame *last)
{
	uint64_t due = s->due[f->seq - 1];
	int r;

	if (last->ns && due == s->due[last->seq - 1])
		return 0;
	r = gaps_push(&k->late, f->ns - due);
	if (!r && last->ns)
		r = gaps_push(&k->left, f->ns - last->ns);
	if (!r && last->ns)
		r = gaps_push(&k->asked, due - s->due[last->seq - 1]);
	*last = *f;
	return r;
}

/* Frames come in order; frames that do not belong to the trial are skipped. */
static int add_frames(struct kept *k, const struct schedule *s, struct wire *w, struct err *e)
{
	struct wire_frame f, last = { 0 };

	while (wire_next(w, &f)) {
		if (!f.magic || f.seq <= last.seq || f.seq > s->n)
			continue;
		if (add_frame(k, s, &f, &last))
			return err_set(e, -ENOMEM, "schedule: no memory");
	}
	return 0;
}

/* The dump's clock has another zero than the schedule's: for each sender the promptest frame defines it. */
static void late_from(struct gaps *late, uint64_t first)
{
	uint64_t i, prompt = UINT64_MAX;

	for (i = first; i < late->n; i++)
		if (late->all[i] < prompt)
			prompt = late->all[i];
	for (i = first; i < late->n; i++)
		late->all[i] -= prompt;
}

static int add_sender(struct kept *k, const struct trial *t, uint32_t number, const char *path, struct err *e)
{
	uint64_t first = k->late.n;
	struct schedule s;
	struct wire w;
	int r = schedule_make(&s, t, number, e);

	r = r ? r : wire_open(&w, path, e);
	if (!r) {
		r = add_frames(k, &s, &w, e);
		wire_close(&w);
		late_from(&k->late, first);
	}
	schedule_free(&s);
	return r;
}

int lab_schedule_read(const struct trial *t, const struct lab_files *f, struct outcome *o, struct err *e)
{
	struct kept k = { 0 };
	uint32_t i;
	int r = 0;

	if (!generator_schedules(t))
		return 0;
	for (i = 0; i < t->senders && !r; i++)
		r = add_sender(&k, t, i, f->sent[i], e);
	gaps_close(&k.asked);
	gaps_close(&k.left);
	gaps_close(&k.late);
	if (r || !k.left.n)
		return r;
	o->schedule.scv_asked = counter_of_thousandths(k.asked.scv);
	o->schedule.scv = counter_of_thousandths(k.left.scv);
	o->schedule.late_p50 = counter_of(k.late.p50);
	o->schedule.late_p99 = counter_of(k.late.p99);
	o->schedule.late_max = counter_of(k.late.max);
	return 0;
}

void lab_schedule_check(const struct trial *t, struct outcome *o)
{
	double asked = (double)o->schedule.scv_asked.value / 1000, got = (double)o->schedule.scv.value / 1000;

	if (!o->schedule.scv.known)
		return;
	/* Equal gaps do not vary: host_counters.c checks their length. */
	if (!generator_constant(t) && fabs(got - asked) > fmax(asked * SCV_TOLERANCE, SCV_SLACK))
		outcome_fail(o, TRIAL_INVALID, "the sender's gaps have a squared variation of %.3f, %.3f was asked",
			     got, asked);
	else if (o->schedule.late_p99.value > LATE_P99_NS || o->schedule.late_max.value > LATE_MAX_NS)
		outcome_fail(o, TRIAL_INVALID,
			     "the sender was late: a frame of 100 by %" PRIu64 " us, one by %" PRIu64 " us",
			     o->schedule.late_p99.value / 1000, o->schedule.late_max.value / 1000);
}
