// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/record/frame_mix.h"
#include "harness/util/number.h"

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	for (; b; b = rest) {
		rest = a % b;
		a = b;
	}
	return a;
}

/* Keeps the sizes rising. weight: not yet reduced, so wider than the mix's own. */
static int insert(struct frame_mix *m, uint64_t weights[MIX_SIZES_MAX], uint64_t bytes, uint64_t weight, struct err *e)
{
	uint32_t i = m->n;

	for (; i > 0 && m->bytes[i - 1] >= bytes; i--) {
		if (m->bytes[i - 1] == bytes)
			return err_set(e, -EINVAL, "size %d stands twice", (int)bytes);
	}
	memmove(&m->bytes[i + 1], &m->bytes[i], (m->n - i) * sizeof(m->bytes[0]));
	memmove(&weights[i + 1], &weights[i], (m->n - i) * sizeof(weights[0]));
	m->bytes[i] = (uint16_t)bytes;
	weights[i] = weight;
	m->n++;
	return 0;
}

/* "594:4" */
static int part_parse(struct frame_mix *m, uint64_t weights[MIX_SIZES_MAX], char *part, uint32_t least, uint32_t most,
		      struct err *e)
{
	char *colon = strchr(part, ':');
	uint64_t bytes, weight;

	if (!colon)
		return err_set(e, -EINVAL, "'%s' is not SIZE:WEIGHT", part);
	*colon = 0;
	if (number_parse(part, &bytes) || bytes < least || bytes > most)
		return err_set(e, -EINVAL, "size '%s' must be %u to %u", part, least, most);
	if (number_parse(colon + 1, &weight) || !weight || weight > MIX_PERIOD_MAX)
		return err_set(e, -EINVAL, "weight '%s' must be 1 to %d", colon + 1, MIX_PERIOD_MAX);
	if (m->n == MIX_SIZES_MAX)
		return err_set(e, -EINVAL, "more than %d sizes", MIX_SIZES_MAX);
	return insert(m, weights, bytes, weight, e);
}

static int reduce(struct frame_mix *m, const uint64_t weights[MIX_SIZES_MAX], struct err *e)
{
	uint64_t divisor = 0, sum = 0;
	uint32_t i;

	for (i = 0; i < m->n; i++) {
		divisor = common_divisor(weights[i], divisor);
		sum += weights[i];
	}
	if (m->n < 2)
		return err_set(e, -EINVAL, "a mix has at least two sizes; one size is a number alone");
	if (sum / divisor > MIX_PERIOD_MAX)
		return err_set(e, -EINVAL, "the weights' sum without their common divisor must be at most %d",
			       MIX_PERIOD_MAX);
	for (i = 0; i < m->n; i++)
		m->weight[i] = (uint16_t)(weights[i] / divisor);
	return 0;
}

int mix_parse(struct frame_mix *m, const char *text, uint32_t least, uint32_t most, struct err *e)
{
	uint64_t weights[MIX_SIZES_MAX] = { 0 };
	struct err why = { "" };
	char copy[256], *rest = copy, *part;
	int r = 0;

	memset(m, 0, sizeof(*m));
	if (!strcmp(text, "imix"))
		text = MIX_IMIX;
	if (strlen(text) >= sizeof(copy))
		return err_set(e, -EINVAL, "frame: a mix of more than %zu characters", sizeof(copy) - 1);
	strcpy(copy, text);
	while (!r && (part = strsep(&rest, ",")))
		r = part_parse(m, weights, part, least, most, &why);
	r = r ? r : reduce(m, weights, &why);
	return r ? err_set(e, r, "frame '%s': %s", text, why.text) : 0;
}

void mix_format(const struct frame_mix *m, char text[MIX_TEXT_MAX])
{
	uint32_t i;

	text[0] = 0;
	for (i = 0; i < m->n; i++)
		text += sprintf(text, "%s%u:%u", i ? "," : "", m->bytes[i], m->weight[i]);
}

uint32_t mix_period(const struct frame_mix *m)
{
	uint32_t i, sum = 0;

	for (i = 0; i < m->n; i++)
		sum += m->weight[i];
	return sum;
}

double mix_mean(const struct frame_mix *m)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < m->n; i++)
		sum += (uint64_t)m->bytes[i] * m->weight[i];
	return (double)((100 * sum + mix_period(m) / 2) / mix_period(m)) / 100;
}

/* Smooth weighted turns: each size gains its weight with every frame, and the one that has most pays the sum. */
void mix_order(const struct frame_mix *m, uint8_t *of)
{
	int32_t credit[MIX_SIZES_MAX] = { 0 };
	uint32_t period = mix_period(m), frame, i, most;

	for (frame = 0; frame < period; frame++) {
		most = 0;
		for (i = 0; i < m->n; i++) {
			credit[i] += m->weight[i];
			if (credit[i] > credit[most])
				most = i;
		}
		credit[most] -= (int32_t)period;
		of[frame] = (uint8_t)most;
	}
}

void mix_count(const struct frame_mix *m, uint64_t n, struct counter sent[MIX_SIZES_MAX])
{
	uint32_t period = mix_period(m), i;
	uint8_t of[MIX_PERIOD_MAX];

	mix_order(m, of);
	for (i = 0; i < m->n; i++)
		counter_add(&sent[i], counter_of(n / period * m->weight[i]));
	for (i = 0; i < n % period; i++)
		sent[of[i]].value++;
}
