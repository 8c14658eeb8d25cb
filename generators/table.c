// SPDX-License-Identifier: GPL-2.0-or-later
/* Every generator. A new one adds two lines here. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "generators/generator.h"
#include "generators/recorded.h"
#include "generators/settings.h"

#define OWN_RATE_MIN 0.01 /* frames a second; at this rate 20 frames take more than half an hour */
#define OWN_RATE_ERROR 0.0005 /* share of the rate */

extern const struct generator_ops generator_libnet;
extern const struct generator_ops generator_null;
extern const struct generator_ops generator_pktgen;
extern const struct generator_ops generator_replay;
extern const struct generator_ops generator_txring;
extern const struct generator_ops generator_xdp_live;

const struct generator_ops *const generators[] = {
	&generator_pktgen,
	&generator_txring,
	&generator_xdp_live,
	&generator_replay,
	&generator_libnet,
	&generator_null,
	NULL,
};

const struct generator_ops *generator_find(const char *name)
{
	int i;

	for (i = 0; generators[i]; i++)
		if (!strcmp(generators[i]->name, name))
			return generators[i];
	return NULL;
}

uint64_t generator_setting(const struct trial *t, const char *name)
{
	return setting_number(generator_find(t->generator)->settings, t, name);
}

int generator_check(const struct trial *t, struct err *e)
{
	const struct generator_ops *ops = generator_find(t->generator);
	const struct generator_setting *s;
	const char *key;
	uint64_t v;
	uint32_t i;

	if (!ops)
		return err_set(e, -EINVAL, "no generator is called %s; see 'rxlab list generators'", t->generator);
	for (i = 0; i < t->n_settings; i++) {
		key = t->settings[i].key;
		if (strncmp(key, GENERATOR_PREFIX, strlen(GENERATOR_PREFIX)))
			continue;
		s = setting_find(ops->settings, key + strlen(GENERATOR_PREFIX));
		if (!s)
			return err_set(e, -EINVAL, "generator %s has no setting %s", ops->name, key);
		if (setting_parse(s, t->settings[i].value, &v))
			return setting_refuse(s, key, t->settings[i].value, e);
	}
	if (t->mix.n && ops->cannot_mix)
		return err_set(e, -EINVAL, "generator %s cannot send a mix of sizes: %s", ops->name, ops->cannot_mix);
	if (t->rate_pps == RATE_OWN)
		return err_set(e, -EINVAL, "rate own: only the times of a file have one: gen.pcap, or gen.trace");
	return ops->check ? ops->check(t, e) : 0;
}

int generator_settle(struct trial *t, struct err *e)
{
	double rate, whole, speed = (double)generator_setting(t, "speed") / 100;
	struct recorded r;
	int ret;

	if (t->rate_pps != RATE_OWN || !inputs_of_trial(t))
		return 0;
	ret = recorded_of_trial(&r, t, e);
	ret = ret ? ret : recorded_rate(&r, t->count, &rate, e);
	recorded_free(&r);
	if (ret)
		return ret;
	rate *= speed;
	if (rate < OWN_RATE_MIN || rate > (double)RATE_PPS_LIMIT)
		return err_set(e, -EINVAL, "rate own: the file's is %g a second, not %g to %llu", rate, OWN_RATE_MIN,
			       RATE_PPS_LIMIT);
	whole = (double)recorded_whole(rate);
	t->rate_pps = recorded_whole(rate);
	/* If rounding to packets a second changes the rate, gen.speed stays, and means the exact rate. */
	if (fabs(whole - rate) > OWN_RATE_ERROR * rate)
		return trial_get(t, GENERATOR_PREFIX "speed") ? 0 : trial_set(t, GENERATOR_PREFIX "speed", "100", e);
	trial_unset(t, GENERATOR_PREFIX "speed");
	return 0;
}

static const struct generator_ops *file_owner(const char *key)
{
	const struct generator_setting *s;
	int i;

	if (strncmp(key, GENERATOR_PREFIX, strlen(GENERATOR_PREFIX)))
		return NULL;
	for (i = 0; generators[i]; i++) {
		s = setting_find(generators[i]->settings, key + strlen(GENERATOR_PREFIX));
		if (s && s->words == generator_file)
			return generators[i];
	}
	return NULL;
}

bool generator_file_key(const char *key)
{
	return file_owner(key);
}

int generator_file_check(const char *key, const char *path, struct err *e)
{
	return file_owner(key)->check_file(path, e);
}

const char *inputs_of_trial(const struct trial *t)
{
	uint32_t i;

	for (i = 0; i < t->n_settings; i++)
		if (generator_file_key(t->settings[i].key))
			return t->settings[i].value;
	return NULL;
}

/* The number of the value of the generator's setting with this effect; 0 if it has none. */
static uint64_t effect_value(const struct trial *t, enum setting_effect effect)
{
	const struct generator_ops *ops = generator_find(t->generator);
	const struct generator_setting *s;

	for (s = ops ? ops->settings : NULL; s && s->name; s++)
		if (s->effect == effect)
			return generator_setting(t, s->name);
	return 0;
}

static bool has_effect(const struct trial *t, enum setting_effect effect)
{
	const struct generator_ops *ops = generator_find(t->generator);
	const struct generator_setting *s;

	for (s = ops ? ops->settings : NULL; s && s->name; s++)
		if (s->effect == effect)
			return true;
	return false;
}

bool generator_constant(const struct trial *t)
{
	if (t->rate_pps == RATE_MAX || effect_value(t, EFFECT_ARRIVALS) != 0)
		return false;
	return effect_value(t, EFFECT_BUNCHES) <= 1;
}

bool generator_schedules(const struct trial *t)
{
	return t->rate_pps != RATE_MAX && (has_effect(t, EFFECT_ARRIVALS) || has_effect(t, EFFECT_TIMES));
}

bool generator_repeats(const struct trial *t)
{
	return effect_value(t, EFFECT_REPEATS) > 0;
}

double generator_rate(const struct trial *t)
{
	double rate;

	return recorded_asked(t, &rate, NULL) ? (double)t->rate_pps : rate;
}
