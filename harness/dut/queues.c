// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/queues.h"
#include "harness/record/settings.h"
#include "harness/util/ethtool.h"
#include "harness/util/ethtool_rss.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

static int channels_parse(struct queues *q, const char *text, struct err *e)
{
	uint64_t n;

	if (number_parse(text, &n) || n < 1 || n > QUEUES_MAX)
		return err_set(e, -EINVAL, "%s=%s: must be a whole number from 1 to %d", CHANNELS_KEY, text,
			       QUEUES_MAX);
	q->channels = (uint32_t)n;
	return 0;
}

/* W0:W1:..., one weight for each queue. */
static int weights_parse(struct queues *q, const char *text, struct err *e)
{
	uint32_t k, sum = 0;
	const char *at = text;
	char *end;

	for (k = 0; k < q->channels; k++) {
		unsigned long w = strtoul(at, &end, 10);

		if (*at < '0' || *at > '9' || w > ETHTOOL_RSS_WEIGHT_MAX || *end != (k + 1 < q->channels ? ':' : '\0'))
			return err_set(
				e, -EINVAL,
				"%s=%s: must be equal, off, or one weight from 0 to %d for each of %u queues, as 3:1",
				RSS_KEY, text, ETHTOOL_RSS_WEIGHT_MAX, q->channels);
		q->weight[k] = (uint32_t)w;
		sum += q->weight[k];
		at = end + 1;
	}
	return sum ? 0 : err_set(e, -EINVAL, "%s=%s: no queue would get a frame", RSS_KEY, text);
}

static int rss_parse(struct queues *q, const char *text, struct err *e)
{
	if (!strcmp(text, "equal"))
		return 0;
	if (q->channels == 1)
		return err_set(e, -EINVAL, "%s=%s: there is one queue; set %s too", RSS_KEY, text, CHANNELS_KEY);
	q->weighted = true;
	if (strcmp(text, "off"))
		return weights_parse(q, text, e);
	q->weight[0] = 1;
	return 0;
}

/* In the kernel's form: hexadecimal, one bit for each CPU. */
static int rps_parse(struct queues *q, const char *text, struct err *e)
{
	unsigned long mask;
	char *end;

	mask = strtoul(text, &end, 16);
	if (!strchr("0123456789abcdefABCDEF", text[0]) || *end || mask >> (QUEUES_MAX + 1))
		return err_set(e, -EINVAL, "%s=%s: must be a mask of CPUs, hexadecimal, from 0 to %x", RPS_KEY, text,
			       (2U << QUEUES_MAX) - 2);
	if (mask & 1)
		return err_set(e, -EINVAL, "%s=%s: CPU 0 is the sender's", RPS_KEY, text);
	q->rps = true;
	q->rps_cpus = (uint32_t)mask;
	return 0;
}

int queues_of_trial(struct queues *q, const struct trial *t, struct err *e)
{
	const char *channels = trial_get(t, CHANNELS_KEY), *rss = trial_get(t, RSS_KEY), *rps = trial_get(t, RPS_KEY);
	int r;

	*q = (struct queues) { .channels = 1 };
	r = channels ? channels_parse(q, channels, e) : 0;
	r = r || !rss ? r : rss_parse(q, rss, e);
	return r || !rps ? r : rps_parse(q, rps, e);
}

bool queues_asked(const struct trial *t)
{
	return trial_get(t, CHANNELS_KEY) || trial_get(t, RSS_KEY) || trial_get(t, RPS_KEY);
}

unsigned int queues_interrupt_cpus(const struct queues *q)
{
	unsigned int last = q->rps_cpus ? 31 - __builtin_clz(q->rps_cpus) : 0;
	unsigned int n = last > q->channels ? last : q->channels;

	return n > 2 ? 4 : n;
}

static int tell(struct outcome *o, const char *key, const char *value, struct err *e)
{
	return outcome_knob(o, key, value) ? err_set(e, -E2BIG, "too many knobs") : 0;
}

/* Undo step: back to the driver's own table, which spreads equally. */
static int rss_restore(const char *target, const char *value, struct err *e)
{
	(void)value;
	return ethtool_rss_set(target, NULL, 0, e);
}

static int rss_set(const struct queues *q, const char *ifname, struct undo *u, struct err *e)
{
	int r = undo_push(u, rss_restore, ifname, "");

	return r ? err_set(e, r, "%s: too many changes to undo", RSS_KEY)
		 : ethtool_rss_set(ifname, q->weight, q->channels, e);
}

/* Reports the number of table entries of each queue: "64:64". */
static int rss_tell(const struct queues *q, const char *ifname, struct outcome *o, struct err *e)
{
	uint32_t entries[QUEUES_MAX], k;
	char text[64];
	size_t n = 0;
	int r = ethtool_rss_get(ifname, entries, q->channels, e);

	for (k = 0; k < q->channels; k++)
		n += snprintf(text + n, sizeof(text) - n, "%s%u", k ? ":" : "", entries[k]);
	return r ? r : tell(o, RSS_KEY, text, e);
}

static int channels_tell(const struct queues *q, const char *ifname, struct outcome *o, struct err *e)
{
	char text[16];
	uint32_t n;
	int r = ethtool_get(ifname, ETHTOOL_CHANNELS, &n, e);

	if (!r && n != q->channels)
		r = err_set(e, -EPROTO, "%s: %u queues, %u were asked", ifname, n, q->channels);
	snprintf(text, sizeof(text), "%u", n);
	return r ? r : tell(o, CHANNELS_KEY, text, e);
}

int queues_set(const struct queues *q, const char *ifname, struct undo *u, struct outcome *o, struct err *e)
{
	int r = channels_tell(q, ifname, o, e);

	r = r || !q->weighted ? r : rss_set(q, ifname, u, e);
	return r || q->channels == 1 ? r : rss_tell(q, ifname, o, e);
}
