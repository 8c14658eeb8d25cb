// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "harness/record/settings.h"

const struct trial_setting trial_settings[] = {
	{ CHANNELS_KEY, "count: receive queues of the DUT's NIC, each with an interrupt CPU of its own", NULL },
	{ FAULT_KEY, "fault: frames that are lost or changed on purpose, at a known place", "plant" },
	{ LABEL_KEY, "word: does nothing but to tell two trials apart that are else the same", NULL },
	{ NIC_MODEL_KEY, "chip or as-is: the lab's NIC, an 82576 or QEMU's model of it as it is", NULL },
	{ PERF_KEY, "on or off: counters of perf_event_open, on the wall clock", NULL },
	{ RPS_KEY,
	  "mask: CPUs to which the kernel hands frames behind the queue, hexadecimal; CPU 1 is the first interrupts'",
	  NULL },
	{ RSS_KEY, "equal, off or weights as 3:1: how the NIC spreads flows over its queues", NULL },
	{ READER_SPIN_KEY, "microseconds: the reader looks so long for more frames before it sleeps", NULL },
	{ VERIFY_KEY, "0 or 1: every byte of every frame is compared with what was sent", NULL },
	{ WORK_KEY, "work: what the consumer does with a frame: count, touch, flow, match:PATTERN", NULL },
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
