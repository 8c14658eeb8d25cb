// SPDX-License-Identifier: GPL-2.0-or-later
/* Every generator. A new one adds two lines here. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/util/textfile.h"

extern const struct generator_ops generator_null;
extern const struct generator_ops generator_pktgen;
extern const struct generator_ops generator_txring;
extern const struct generator_ops generator_xdp_live;

const struct generator_ops *const generators[] = {
	&generator_pktgen, &generator_txring, &generator_xdp_live, &generator_null, NULL,
};

const struct generator_ops *generator_find(const char *name)
{
	int i;

	for (i = 0; generators[i]; i++)
		if (!strcmp(generators[i]->name, name))
			return generators[i];
	return NULL;
}

static const struct generator_setting *setting_find(const struct generator_ops *ops, const char *name)
{
	const struct generator_setting *s;

	for (s = ops->settings; s && s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* -EINVAL: no number in the range, none of the words. */
static int setting_value(const struct generator_setting *s, const char *text, uint64_t *v)
{
	if (!s->words)
		return parse_u64(text, v) || *v < s->min || *v > s->max ? -EINVAL : 0;
	for (*v = 0; s->words[*v]; (*v)++)
		if (!strcmp(s->words[*v], text))
			return 0;
	return -EINVAL;
}

uint64_t generator_setting(const struct trial *t, const char *name)
{
	const struct generator_setting *s = setting_find(generator_find(t->generator), name);
	char key[32] = GENERATOR_PREFIX;
	const char *text;
	uint64_t v;

	if (!s)
		return 0;
	strncat(key, name, sizeof(key) - strlen(key) - 1);
	text = trial_get(t, key);
	return text && !setting_value(s, text, &v) ? v : s->initial;
}

static int setting_refuse(const struct generator_setting *s, const char *key, const char *value, struct err *e)
{
	char words[128] = "";
	size_t i;

	if (!s->words)
		return err_set(e, -EINVAL, "%s=%s: must be a whole number from %llu to %llu", key, value,
			       (unsigned long long)s->min, (unsigned long long)s->max);
	for (i = 0; s->words[i]; i++) {
		strncat(words, i ? ", " : "", sizeof(words) - strlen(words) - 1);
		strncat(words, s->words[i], sizeof(words) - strlen(words) - 1);
	}
	return err_set(e, -EINVAL, "%s=%s: must be one of %s", key, value, words);
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
		s = setting_find(ops, key + strlen(GENERATOR_PREFIX));
		if (!s)
			return err_set(e, -EINVAL, "generator %s has no setting %s", ops->name, key);
		if (setting_value(s, t->settings[i].value, &v))
			return setting_refuse(s, key, t->settings[i].value, e);
	}
	return 0;
}

bool generator_repeats(const struct trial *t)
{
	const struct generator_ops *ops = generator_find(t->generator);

	return ops && setting_find(ops, "clone_skb") && generator_setting(t, "clone_skb") > 0;
}
