// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "generators/settings.h"
#include "harness/util/number.h"
#include "harness/util/sha256.h"

const char *const generator_file[] = { NULL };

const struct generator_setting *setting_find(const struct generator_setting *rows, const char *name)
{
	const struct generator_setting *s;

	for (s = rows; s && s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

int setting_parse(const struct generator_setting *s, const char *text, uint64_t *v)
{
	*v = 0;
	if (s->words == generator_file)
		return strlen(text) == SHA256_HEX - 1 ? 0 : -EINVAL;
	if (!s->words)
		return number_parse(text, v) || *v < s->min || *v > s->max ? -EINVAL : 0;
	for (; s->words[*v]; (*v)++)
		if (!strcmp(s->words[*v], text))
			return 0;
	return -EINVAL;
}

uint64_t setting_number(const struct generator_setting *rows, const struct trial *t, const char *name)
{
	const struct generator_setting *s = setting_find(rows, name);
	char key[32] = GENERATOR_PREFIX;
	const char *text;
	uint64_t v;

	if (!s)
		return 0;
	strncat(key, name, sizeof(key) - strlen(key) - 1);
	text = trial_get(t, key);
	return text && !setting_parse(s, text, &v) ? v : s->initial;
}

int setting_refuse(const struct generator_setting *s, const char *key, const char *value, struct err *e)
{
	char words[128] = "";
	size_t i;

	if (s->words == generator_file)
		return err_set(e, -EINVAL, "%s=%s: must be a file", key, value);
	if (!s->words)
		return err_set(e, -EINVAL, "%s=%s: must be a whole number from %llu to %llu", key, value,
			       (unsigned long long)s->min, (unsigned long long)s->max);
	for (i = 0; s->words[i]; i++) {
		strncat(words, i ? ", " : "", sizeof(words) - strlen(words) - 1);
		strncat(words, s->words[i], sizeof(words) - strlen(words) - 1);
	}
	return err_set(e, -EINVAL, "%s=%s: must be one of %s", key, value, words);
}
