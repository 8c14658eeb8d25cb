// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "harness/record/settings.h"

const struct trial_setting trial_settings[] = {
	{ FAULT_KEY, "fault: frames that are lost or changed on purpose, at a known place",
	  "unsent:N-M, swallow:N-M, repeat, swap:N-M, flip:N-M, stop, backlog:N, xdp:N-M, filter:N-M, stall or leave:N",
	  NULL, "plant", false },
	{ FILTER_KEY, "expression: of pcap-filter(7); what it rejects is counted as drops.filter, and is no loss",
	  "what libpcap compiles", NULL, NULL, true },
	{ LABEL_KEY, "word: does nothing but to tell two trials apart that are else the same", "a word", NULL, NULL,
	  false },
	{ NIC_MODEL_KEY, "chip or as-is: the lab's NIC, an 82576 or QEMU's model of it as it is", "chip or as-is",
	  "chip", NULL, false },
	{ PERF_KEY, "on or off: counters of perf_event_open, on the wall clock", "on or off", "on", NULL, false },
	{ READER_SPIN_KEY, "us: the reader looks so long for more frames before it sleeps", "0 to 1000000", "0", NULL,
	  false },
	{ VERIFY_KEY, "0 or 1: every byte of every frame is compared with what was sent", "0 or 1", "0", NULL, false },
	{ WORK_KEY, "work: what the consumer does with each frame", "count, touch, flow or match:PATTERN", "count",
	  NULL, false },
	{ 0 },
};

const struct trial_setting *trial_setting_find(const char *key)
{
	const struct trial_setting *s;

	for (s = trial_settings; s->key; s++)
		if (!strcmp(s->key, key))
			return s;
	return NULL;
}

const char *trial_setting_name(const char *key)
{
	const struct trial_setting *s;

	for (s = trial_settings; s->key; s++)
		if (s->before && !strcmp(s->before, key))
			return s->key;
	return key;
}
