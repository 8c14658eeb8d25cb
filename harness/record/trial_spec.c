// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/number.h"

enum field_type { FIELD_NAME, FIELD_U32, FIELD_U64, FIELD_RATE, FIELD_FRAME };

/* The words of the text form, in its order. Names are as long as their array allows. */
static const struct field {
	const char *word;
	enum field_type type;
	size_t offset;
	uint64_t min, max; /* of a name: max is its array's size */
} fields[] = {
	{ "testbed", FIELD_NAME, offsetof(struct trial, testbed), 0, sizeof(((struct trial *)0)->testbed) },
	{ "capture", FIELD_NAME, offsetof(struct trial, capture), 0, sizeof(((struct trial *)0)->capture) },
	{ "generator", FIELD_NAME, offsetof(struct trial, generator), 0, sizeof(((struct trial *)0)->generator) },
	{ "frame", FIELD_FRAME, offsetof(struct trial, frame_bytes), FRAME_BYTES_MIN, FRAME_BYTES_MAX },
	{ "rate", FIELD_RATE, offsetof(struct trial, rate_pps), 1, RATE_PPS_LIMIT },
	{ "count", FIELD_U64, offsetof(struct trial, count), 1, COUNT_LIMIT },
	{ "seed", FIELD_U64, offsetof(struct trial, seed), 0, UINT32_MAX },
	{ "senders", FIELD_U32, offsetof(struct trial, senders), 1, 2 },
	{ "reader_cpu", FIELD_U32, offsetof(struct trial, reader_cpu), 1, 2 },
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyz0123456789._-"
/* Excludes what has a meaning in the text form: blank, newline, '='. */
#define VALUE_CHARS WORD_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ:"

static bool made_of(const char *s, const char *chars, size_t size)
{
	size_t n = strspn(s, chars);

	return n > 0 && n < size && !s[n];
}

static bool word_ok(const char *s, size_t size)
{
	return made_of(s, WORD_CHARS, size);
}

static bool is_text(const char *key)
{
	const struct trial_setting *s = trial_setting_find(key);

	return s && s->text;
}

static bool value_ok(const char *key, const char *value, size_t size)
{
	const char *p;

	if (!is_text(key))
		return made_of(value, VALUE_CHARS, size);
	for (p = value; *p >= ' ' && *p <= '~'; p++)
		;
	return p > value && !*p && (size_t)(p - value) < size;
}

void trial_init(struct trial *t)
{
	memset(t, 0, sizeof(*t));
	strcpy(t->testbed, "lab");
	strcpy(t->generator, "pktgen");
	t->frame_bytes = FRAME_BYTES_MIN;
	t->rate_pps = RATE_MAX;
	t->count = 20000;
	t->seed = 1;
	t->senders = 1;
	t->reader_cpu = 1;
}

static uint32_t setting_at(const struct trial *t, const char *key, bool *found)
{
	uint32_t i;
	int order;

	*found = false;
	for (i = 0; i < t->n_settings; i++) {
		order = strcmp(t->settings[i].key, key);
		*found = order == 0;
		if (order >= 0)
			break;
	}
	return i;
}

int trial_set(struct trial *t, const char *key, const char *value, struct err *e)
{
	bool found;
	uint32_t i;

	if (!word_ok(key, sizeof(t->settings[0].key)))
		return err_set(e, -EINVAL, "setting '%s': a key is at most %zu of a-z 0-9 . _ -", key,
			       sizeof(t->settings[0].key) - 1);
	key = trial_setting_name(key);
	if (!value_ok(key, value, sizeof(t->settings[0].value)))
		return err_set(e, -EINVAL, "setting '%s': value '%s' is not 1 to %zu of %s", key, value,
			       sizeof(t->settings[0].value) - 1,
			       is_text(key) ? "printable ASCII" : "A-Z a-z 0-9 . _ : -");
	i = setting_at(t, key, &found);
	if (!found) {
		if (t->n_settings == TRIAL_SETS)
			return err_set(e, -E2BIG, "setting '%s': a trial has at most %d settings", key, TRIAL_SETS);
		memmove(&t->settings[i + 1], &t->settings[i], (t->n_settings - i) * sizeof(t->settings[0]));
		t->n_settings++;
	}
	memset(&t->settings[i], 0, sizeof(t->settings[i]));
	strcpy(t->settings[i].key, key);
	strcpy(t->settings[i].value, value);
	return 0;
}

void trial_unset(struct trial *t, const char *key)
{
	bool found;
	uint32_t i = setting_at(t, key, &found);

	if (!found)
		return;
	t->n_settings--;
	memmove(&t->settings[i], &t->settings[i + 1], (t->n_settings - i) * sizeof(t->settings[0]));
	memset(&t->settings[t->n_settings], 0, sizeof(t->settings[0]));
}

const char *trial_get(const struct trial *t, const char *key)
{
	bool found;
	uint32_t i = setting_at(t, key, &found);

	return found ? t->settings[i].value : NULL;
}

bool trial_unlabel(struct trial *t)
{
	bool found;
	uint32_t i = setting_at(t, LABEL_KEY, &found);

	if (found)
		memmove(&t->settings[i], &t->settings[i + 1], (--t->n_settings - i) * sizeof(t->settings[0]));
	return found;
}

static uint64_t field_number(const struct trial *t, const struct field *f)
{
	const char *at = (const char *)t + f->offset;
	uint64_t u64;
	uint32_t u32;

	if (f->type == FIELD_U32 || f->type == FIELD_FRAME) {
		memcpy(&u32, at, sizeof(u32));
		return u32;
	}
	memcpy(&u64, at, sizeof(u64));
	return u64;
}

static int field_check(const struct trial *t, const struct field *f, struct err *e)
{
	const char *at = (const char *)t + f->offset;
	uint64_t v;

	if (f->type == FIELD_NAME) {
		if (!word_ok(at, f->max))
			return err_set(e, -EINVAL, "%s '%.*s': a name is needed", f->word, (int)f->max - 1, at);
		return 0;
	}
	v = field_number(t, f);
	if (f->type == FIELD_RATE && (v == RATE_MAX || v == RATE_OWN))
		return 0;
	if (v < f->min || v > f->max)
		return err_set(e, -EINVAL, "%s %" PRIu64 ": must be %" PRIu64 " to %" PRIu64, f->word, v, f->min,
			       f->max);
	return 0;
}

int trial_check(const struct trial *t, struct err *e)
{
	char text[TRIAL_TEXT_MAX];
	size_t i;
	int ret;

	for (i = 0; i < N_FIELDS; i++) {
		ret = field_check(t, &fields[i], e);
		if (ret)
			return ret;
	}
	if (t->count < t->senders)
		return err_set(e, -EINVAL, "count %" PRIu64 ": fewer frames than senders (%u)", t->count, t->senders);
	if (trial_format(t, text, sizeof(text)) < 0)
		return err_set(e, -EINVAL, "settings: their text is longer than %d bytes in all", TRIAL_TEXT_MAX - 1);
	return 0;
}

static int field_set_name(struct trial *t, const struct field *f, const char *text, struct err *e)
{
	char *at = (char *)t + f->offset;

	if (!word_ok(text, f->max))
		return err_set(e, -EINVAL, "%s '%s': a name is 1 to %d of a-z 0-9 . _ -", f->word, text,
			       (int)f->max - 1);
	memset(at, 0, f->max);
	strcpy(at, text);
	return 0;
}

static int field_number_parse(const struct field *f, const char *text, uint64_t *v, struct err *e)
{
	bool rate = f->type == FIELD_RATE;
	int ret;

	if (rate && (strcmp(text, "max") == 0 || strcmp(text, "own") == 0)) {
		*v = text[0] == 'm' ? RATE_MAX : RATE_OWN;
		return 0;
	}
	ret = number_parse(text, v);
	if (ret == -EINVAL)
		return err_set(e, ret, "%s '%s': not a whole number%s", f->word, text,
			       rate			? " and not max"
			       : f->type == FIELD_FRAME ? ", nor imix, nor a mix as 64:7,594:4"
							: "");
	if (ret || *v < f->min || *v > f->max)
		return err_set(e, -EINVAL, "%s %s: must be %" PRIu64 " to %" PRIu64 "%s", f->word, text, f->min, f->max,
			       rate ? ", or max" : "");
	return 0;
}

static int field_set_number(struct trial *t, const struct field *f, const char *text, struct err *e)
{
	char *at = (char *)t + f->offset;
	uint64_t v;
	uint32_t v32;
	int ret;

	ret = field_number_parse(f, text, &v, e);
	if (ret)
		return ret;
	v32 = (uint32_t)v;
	if (f->type == FIELD_U32 || f->type == FIELD_FRAME)
		memcpy(at, &v32, sizeof(v32));
	else
		memcpy(at, &v, sizeof(v));
	return 0;
}

static int field_set_frame(struct trial *t, const struct field *f, const char *text, struct err *e)
{
	struct frame_mix mix = { 0 };
	int ret;

	if (!strpbrk(text, ":,") && strcmp(text, "imix")) {
		ret = field_set_number(t, f, text, e);
	} else {
		ret = mix_parse(&mix, text, (uint32_t)f->min, (uint32_t)f->max, e);
		if (!ret)
			t->frame_bytes = mix.bytes[mix.n - 1];
	}
	if (!ret)
		t->mix = mix;
	return ret;
}

int trial_assign(struct trial *t, const char *word, const char *text, struct err *e)
{
	size_t i;

	if (strncmp(word, "set.", 4) == 0)
		return trial_set(t, word + 4, text, e);
	for (i = 0; i < N_FIELDS; i++) {
		if (strcmp(fields[i].word, word))
			continue;
		if (fields[i].type == FIELD_NAME)
			return field_set_name(t, &fields[i], text, e);
		if (fields[i].type == FIELD_FRAME)
			return field_set_frame(t, &fields[i], text, e);
		return field_set_number(t, &fields[i], text, e);
	}
	return err_set(e, -EINVAL, "unknown word '%s'", word);
}

double trial_frame_mean(const struct trial *t)
{
	return t->mix.n ? mix_mean(&t->mix) : t->frame_bytes;
}

void trial_frame(const struct trial *t, char text[MIX_TEXT_MAX])
{
	if (t->mix.n)
		mix_format(&t->mix, text);
	else
		snprintf(text, MIX_TEXT_MAX, "%u", t->frame_bytes);
}

static int field_format(const struct trial *t, const struct field *f, char *text, size_t size)
{
	char frame[MIX_TEXT_MAX];

	if (f->type == FIELD_FRAME) {
		trial_frame(t, frame);
		return snprintf(text, size, "%s=%s ", f->word, frame);
	}
	if (f->type == FIELD_NAME)
		return snprintf(text, size, "%s=%s ", f->word, (const char *)t + f->offset);
	if (f->type == FIELD_RATE && t->rate_pps == RATE_MAX)
		return snprintf(text, size, "%s=max ", f->word);
	if (f->type == FIELD_RATE && t->rate_pps == RATE_OWN)
		return snprintf(text, size, "%s=own ", f->word);
	return snprintf(text, size, "%s=%" PRIu64 " ", f->word, field_number(t, f));
}

/* A value as one word: characters with a meaning in the text form become %XX. */
static void value_encode(const char *value, char word[3 * sizeof(((struct setting *)0)->value)])
{
	for (; *value; value++) {
		if (strchr(VALUE_CHARS, *value))
			*word++ = *value;
		else
			word += sprintf(word, "%%%02x", (unsigned char)*value);
	}
	*word = '\0';
}

/* The reverse, in place; false: a % is not followed by two digits. */
static bool value_decode(char *word)
{
	const char *from = word;
	unsigned int c;

	for (; *from; word++) {
		if (*from != '%') {
			*word = *from++;
			continue;
		}
		if (strspn(from + 1, "0123456789abcdefABCDEF") < 2 || sscanf(from, "%%%2x", &c) != 1 || !c)
			return false;
		*word = (char)c;
		from += 3;
	}
	*word = '\0';
	return true;
}

static int setting_format(const struct setting *s, char *text, size_t size)
{
	char word[3 * sizeof(s->value)];

	value_encode(s->value, word);
	return snprintf(text, size, "set.%s=%s ", s->key, word);
}

int trial_format(const struct trial *t, char *text, size_t size)
{
	size_t used = 0;
	size_t i;
	int n;

	for (i = 0; i < N_FIELDS + t->n_settings; i++) {
		if (i < N_FIELDS)
			n = field_format(t, &fields[i], text + used, size - used);
		else
			n = setting_format(&t->settings[i - N_FIELDS], text + used, size - used);
		if (n < 0 || (size_t)n >= size - used)
			return -ENOSPC;
		used += n;
	}
	text[--used] = 0; /* the blank after the last word */
	return (int)used;
}

static int parse_word(struct trial *t, char *word, struct err *e)
{
	char *equals = strchr(word, '=');

	if (!equals)
		return err_set(e, -EINVAL, "trial: '%s' is not of the form key=value", word);
	*equals = 0;
	if (!value_decode(equals + 1))
		return err_set(e, -EINVAL, "trial: %s: a %% without two hexadecimal digits behind it", word);
	return trial_assign(t, word, equals + 1, e);
}

int trial_parse(struct trial *t, const char *text, struct err *e)
{
	char copy[TRIAL_TEXT_MAX];
	char *save = NULL;
	char *word;
	int ret;

	if (strlen(text) >= sizeof(copy))
		return err_set(e, -EINVAL, "trial: text of more than %d bytes", TRIAL_TEXT_MAX - 1);
	strcpy(copy, text);
	trial_init(t);
	for (word = strtok_r(copy, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		ret = parse_word(t, word, e);
		if (ret)
			return ret;
	}
	return trial_check(t, e);
}

void trial_id(const struct trial *t, char id[17])
{
	uint64_t h = 0xcbf29ce484222325ULL; /* FNV-1a */
	char text[TRIAL_TEXT_MAX];
	const char *p;

	if (trial_format(t, text, sizeof(text)) < 0)
		text[0] = 0; /* refused by trial_check() */
	for (p = text; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
	snprintf(id, 17, "%016" PRIx64, h);
}
