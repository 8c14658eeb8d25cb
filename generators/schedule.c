// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "generators/arrivals.h"
#include "generators/recorded.h"
#include "generators/schedule.h"
#include "harness/sink/sink.h"

#define PS_PER_NS 1000
#define US 1e-6
#define STREAM_PHASE 100 /* number of a random stream; arrivals.c uses the lower ones */

const char *const schedule_laws[] = { "constant", "poisson", "on-off", "trace", NULL };
const char *const schedule_laws_of_file[] = { "constant", "poisson", "on-off", "file", NULL };
const char *const schedule_bunches[] = { "constant", "geometric", NULL };

static const struct generator_setting rows[] = { SCHEDULE_SETTINGS, { 0 } };
static const struct generator_setting rows_of_file[] = {
	SCHEDULE_LAW_SETTINGS("arrivals", SCHEDULE_TRACE, schedule_laws_of_file),
	{ 0 },
};

/* A seed for each sender, so that two draw different numbers and do not start together. */
static uint64_t sender_seed(const struct trial *t, uint32_t k)
{
	return t->seed + ((uint64_t)k << 32);
}

static enum schedule_law law_of(const struct trial *t)
{
	return setting_number(trial_get(t, GENERATOR_PREFIX "pcap") ? rows_of_file : rows, t, "arrivals");
}

static bool has_file(const struct trial *t)
{
	return law_of(t) == SCHEDULE_TRACE;
}

static struct arrivals_spec spec_of(const struct trial *t, uint32_t k)
{
	static const enum arrivals_law laws[] = { ARRIVE_CONSTANT, ARRIVE_POISSON, ARRIVE_ON_OFF };
	struct arrivals_spec s = { .law = laws[law_of(t)] };
	struct random phase;

	random_init(&phase, sender_seed(t, k), STREAM_PHASE);
	s.batch = (double)setting_number(rows, t, "bunch");
	s.geometric = setting_number(rows, t, "bunch_law");
	if (recorded_asked(t, &s.rate, NULL)) /* checked when the trial was planned */
		s.rate = (double)t->rate_pps;
	s.rate = s.rate / t->senders / s.batch;
	s.phase = random_unit(&phase) / s.rate;
	s.on = (double)setting_number(rows, t, "on_us") * US;
	s.off = (double)setting_number(rows, t, "off_us") * US;
	if (s.law == ARRIVE_ON_OFF)
		s.rate = arrivals_peak(s.rate, s.on, s.off);
	return s;
}

/* Refuses a setting that would have no effect: whoever gave it meant another trial. */
static int refuse(const struct trial *t, const char *key, const char *wants, struct err *e)
{
	return trial_get(t, key) ? err_set(e, -EINVAL, "%s: only with %s", key, wants) : 0;
}

static int check_on_off(const struct trial *t, struct err *e)
{
	double cycle = (double)(setting_number(rows, t, "on_us") + setting_number(rows, t, "off_us")) * US;
	double bunches = (double)t->rate_pps / t->senders / (double)setting_number(rows, t, "bunch") * cycle;

	if (!(bunches > 1))
		return err_set(
			e, -EINVAL,
			"gen.on_us and gen.off_us: a cycle must hold more than one arrival of a sender, not %.3g",
			bunches);
	if (spec_of(t, 0).rate * (double)setting_number(rows, t, "bunch") > (double)RATE_PPS_LIMIT)
		return err_set(e, -EINVAL, "gen.on_us and gen.off_us: the rate while on is above %llu", RATE_PPS_LIMIT);
	return 0;
}

static int check_file(const struct trial *t, struct err *e)
{
	struct recorded r;
	int ret;

	if (t->senders > 1)
		return err_set(e, -EINVAL, "senders 2: a file's frames are one sender's");
	ret = recorded_of_trial(&r, t, e);
	ret = ret || t->rate_pps == RATE_MAX || !has_file(t) ? ret : recorded_check(&r, t->count, e);
	recorded_free(&r);
	return ret;
}

static int check_law(const struct trial *t, enum schedule_law law, struct err *e)
{
	int r = 0;

	if (law != SCHEDULE_ON_OFF) {
		r = refuse(t, "gen.on_us", "gen.arrivals=on-off", e);
		r = r ? r : refuse(t, "gen.off_us", "gen.arrivals=on-off", e);
	}
	if (!r && law != SCHEDULE_TRACE && !trial_get(t, "gen.pcap"))
		r = refuse(t, "gen.trace", "gen.arrivals=trace", e);
	if (!r && law == SCHEDULE_TRACE)
		r = refuse(t, "gen.bunch", "another law: a file's times may be equal", e);
	if (!r && law == SCHEDULE_TRACE && !trial_get(t, "gen.trace") && !trial_get(t, "gen.pcap"))
		r = err_set(e, -EINVAL, "gen.arrivals=trace: wants gen.trace=FILE");
	return r;
}

/* With a rate, gen.speed means the file's exact rate: the trial's rate must equal it, rounded to packets a second. */
static int check_speed(const struct trial *t, struct err *e)
{
	double rate;
	int r;

	if (!trial_get(t, "gen.speed"))
		return 0;
	if ((!trial_get(t, "gen.pcap") && !trial_get(t, "gen.trace")) || t->rate_pps == RATE_MAX)
		return refuse(t, "gen.speed", "--rate own", e);
	r = recorded_asked(t, &rate, e);
	if (r || t->rate_pps == recorded_whole(rate))
		return r;
	return refuse(t, "gen.speed", "--rate own", e);
}

int schedule_check(const struct trial *t, struct err *e)
{
	enum schedule_law law = law_of(t);
	bool file = trial_get(t, GENERATOR_PREFIX "pcap"); /* frames from a file, whose times need not be used */
	int r = check_law(t, law, e);

	if (!r && t->rate_pps == RATE_MAX && law != SCHEDULE_CONSTANT && (!file || trial_get(t, "gen.arrivals")))
		r = err_set(e, -EINVAL, "gen.arrivals=%s: wants a rate, not max", trial_get(t, "gen.arrivals"));
	if (!r && t->rate_pps == RATE_MAX)
		r = refuse(t, "gen.bunch", "a rate, not max", e);
	r = r ? r : check_speed(t, e);
	if (!r && setting_number(rows, t, "bunch") == 1)
		r = refuse(t, "gen.bunch_law", "gen.bunch above 1", e);
	if (!r && law == SCHEDULE_ON_OFF)
		r = check_on_off(t, e);
	return r || (!file && !has_file(t)) ? r : check_file(t, e);
}

int schedule_check_file(const char *path, struct err *e)
{
	struct recorded r;
	int ret = recorded_load(&r, path, true, e);

	recorded_free(&r);
	return ret;
}

static int draw(struct schedule *s, const struct trial *t, uint32_t k, struct err *e)
{
	struct arrivals_spec spec = spec_of(t, k);
	struct arrivals a;
	uint32_t size;
	uint64_t i = 0, due;
	int r = arrivals_init(&a, &spec, sender_seed(t, k), e);

	while (!r && i < s->n) {
		due = (uint64_t)arrivals_next(&a, &size) / PS_PER_NS;
		for (; size && i < s->n; size--)
			s->due[i++] = due;
	}
	return r;
}

static int read_file(struct schedule *s, const struct trial *t, struct err *e)
{
	struct recorded r;
	int ret = recorded_of_trial(&r, t, e);
	double rate = 0;
	uint64_t i;

	ret = ret ? ret : recorded_check(&r, s->n, e);
	ret = ret ? ret : recorded_asked(t, &rate, e);
	for (i = 0; !ret && i < s->n; i++)
		s->due[i] = recorded_due(&r, s->n, i, rate);
	recorded_free(&r);
	return ret;
}

int schedule_make(struct schedule *s, const struct trial *t, uint32_t k, struct err *e)
{
	*s = (struct schedule) { .n = sink_share(t->count, t->senders, k) };
	if (t->rate_pps == RATE_MAX)
		return 0;
	s->due = calloc(s->n ? s->n : 1, sizeof(*s->due));
	if (!s->due)
		return err_set(e, -ENOMEM, "no memory for the times of %llu frames", (unsigned long long)s->n);
	return has_file(t) ? read_file(s, t, e) : draw(s, t, k, e);
}

uint64_t schedule_ns(const struct schedule *s)
{
	return s->due && s->n ? s->due[s->n - 1] : 0;
}

void schedule_free(struct schedule *s)
{
	free(s->due);
	s->due = NULL;
}
