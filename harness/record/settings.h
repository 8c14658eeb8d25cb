/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that every trial takes, whatever its capture and generator, but for the DUT's knobs (harness/dut/knobs.h).
 * What one of them means, and which values it takes, is checked by the room that does it, when the trial is planned
 * (harness/campaign/check_trial.c).
 */
#ifndef RXLAB_SETTINGS_H
#define RXLAB_SETTINGS_H

#include <stdbool.h>

#define CHANNELS_KEY "channels" /* a knob's name, as RPS_KEY and RSS_KEY are */
#define FAULT_KEY "fault"
#define FILTER_KEY "filter"
#define LABEL_KEY "label" /* does nothing but to tell two trials apart that are else the same */
#define NIC_MODEL_KEY "nic" /* and in a record's knobs, as it was */
#define PERF_KEY "perf"
#define RPS_KEY "rps_cpus"
#define RSS_KEY "rss"
#define READER_SPIN_KEY "spin_usecs"
#define VERIFY_KEY "verify"
#define WORK_KEY "work"
#define GENERATOR_PREFIX "gen." /* of the generator's own settings: gen.burst, ... */

struct trial_setting {
	const char *key;
	const char *help; /* unit first */
	const char *range; /* which values it takes */
	const char *initial; /* without it; NULL: nothing at all */
	const char *before; /* the name that it had once, still read; NULL: none */
	bool text; /* its value may hold any printable character; others are words */
};

extern const struct trial_setting trial_settings[]; /* ends with a NULL key */
const struct trial_setting *trial_setting_find(const char *key); /* NULL: no setting of every trial */
/* The name of today where key is one of before; else key itself. */
const char *trial_setting_name(const char *key);

#endif
