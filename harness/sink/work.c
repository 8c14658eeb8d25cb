// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/sink/flow_table.h"
#include "harness/sink/work.h"

#define MATCH_PREFIX "match:"

const char *const work_names[WORKS] = { "count", "touch", "flow", "match" };

static unsigned int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static int parse_hex(struct work_setting *s, const char *digits, struct err *e)
{
	size_t n = strspn(digits, "0123456789abcdefABCDEF"), i;

	if (!n || digits[n] || n % 2)
		return err_set(e, -EINVAL, "work: 0x%s: not an even number of hexadecimal digits", digits);
	if (n / 2 > PATTERN_MAX)
		return err_set(e, -EINVAL, "work: pattern of more than %d bytes", PATTERN_MAX);
	for (i = 0; i < n; i += 2)
		s->pattern[i / 2] = (uint8_t)(hex_value(digits[i]) << 4 | hex_value(digits[i + 1]));
	s->pattern_bytes = n / 2;
	return 0;
}

static int parse_pattern(struct work_setting *s, const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (!strncmp(text, "0x", 2))
		return parse_hex(s, text + 2, e);
	if (!n || n > PATTERN_MAX)
		return err_set(e, -EINVAL, "work: a pattern is 1 to %d bytes", PATTERN_MAX);
	memcpy(s->pattern, text, n);
	s->pattern_bytes = n;
	return 0;
}

int work_parse(struct work_setting *s, const char *text, struct err *e)
{
	int i;

	memset(s, 0, sizeof(*s));
	if (!strncmp(text, MATCH_PREFIX, strlen(MATCH_PREFIX))) {
		s->kind = WORK_MATCH;
		return parse_pattern(s, text + strlen(MATCH_PREFIX), e);
	}
	for (i = 0; i < WORK_MATCH; i++) {
		if (!strcmp(work_names[i], text)) {
			s->kind = i;
			return 0;
		}
	}
	return err_set(e, -EINVAL, "work=%s: must be count, touch, flow or match:PATTERN", text);
}

int work_of_trial(struct work_setting *s, const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, WORK_KEY);

	return work_parse(s, text ? text : work_names[WORK_COUNT], e);
}

/* Eight bytes at a time. The sum is stored in visible memory, so that the compiler cannot remove a read. */
static void touch_frame(struct work *w, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	const uint8_t *at = data, *end = data + caplen, *whole = data + caplen / sizeof(uint64_t) * sizeof(uint64_t);
	uint64_t sum = 0, word;

	(void)len;
	for (; at < whole; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	for (; at < end; at++)
		sum += *at;
	w->sum += sum;
	w->touched_bytes += caplen;
}

static void flow_frame(struct work *w, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct flow_key key;

	if (flow_key_of(&key, data, caplen) || flow_table_add(w->flows, &key, len))
		w->unclassified++;
}

static void match_frame(struct work *w, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	(void)len;
	w->matches += pattern_found(&w->pattern, data, caplen);
}

int work_init(struct work *w, const struct work_setting *s, struct err *e)
{
	static void (*const frame[WORKS])(struct work *, const uint8_t *, uint32_t, uint32_t) = {
		[WORK_TOUCH] = touch_frame,
		[WORK_FLOW] = flow_frame,
		[WORK_MATCH] = match_frame,
	};

	memset(w, 0, sizeof(*w));
	if (s->kind == WORK_FLOW) {
		w->flows = flow_table_new();
		if (!w->flows)
			return err_set(e, -ENOMEM, "work: no memory for the flows");
	}
	if (s->kind == WORK_MATCH)
		pattern_init(&w->pattern, s->pattern, s->pattern_bytes);
	w->kind = s->kind;
	w->frame = frame[s->kind];
	return 0;
}

void work_free(struct work *w)
{
	free(w->flows);
	w->flows = NULL;
}

/* Flows for which there is no more room are unclassified, as they would have been in one table. */
static void flows_merge(struct work *w, const struct flow_table *more)
{
	const struct flow *f;

	for (f = more->slot; f < more->slot + FLOW_SLOTS; f++)
		if (f->key.protocol && flow_table_put(w->flows, f))
			w->unclassified += f->packets;
}

void work_merge(struct work *w, const struct work *more)
{
	w->sum += more->sum;
	w->touched_bytes += more->touched_bytes;
	w->unclassified += more->unclassified;
	w->matches += more->matches;
	if (w->flows && more->flows)
		flows_merge(w, more->flows);
}

void work_fill(const struct work *w, struct work_result *r)
{
	if (w->kind == WORK_TOUCH)
		r->touched_bytes = counter_of(w->touched_bytes);
	if (w->kind == WORK_MATCH)
		r->matches = counter_of(w->matches);
	if (w->kind != WORK_FLOW)
		return;
	r->flows = counter_of(w->flows->n);
	r->unclassified = counter_of(w->unclassified);
}
