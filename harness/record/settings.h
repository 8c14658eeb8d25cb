/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that every trial takes, whatever its capture and generator, except knobs (harness/dut/knobs.h).
 * Each value is checked by the room that implements the setting, when the trial is planned
 * (harness/campaign/check_trial.c).
 */
#ifndef RXLAB_SETTINGS_H
#define RXLAB_SETTINGS_H

#include <stdbool.h>

#define CHANNELS_KEY "channels" /* a knob's name, like RPS_KEY and RSS_KEY */
#define FAULT_KEY "fault"
#define FILTER_KEY "filter"
#define KERNEL_KEY "kernel" /* of the lab, which removes it before the trial enters the guest */
#define LABEL_KEY "label" /* has no effect; distinguishes two trials that are otherwise equal */
#define NIC_MODEL_KEY "nic" /* a record's knobs have the same name, with the model that was used */
#define PERF_KEY "perf"
#define RPS_KEY "rps_cpus"
#define RSS_KEY "rss"
#define READER_SPIN_KEY "spin_usecs"
#define VERIFY_KEY "verify"
#define WORK_KEY "work"
#define GENERATOR_PREFIX "gen." /* prefix of the generator's own settings: gen.burst, ... */

struct trial_setting {
	const char *key;
	const char *help; /* unit first */
	const char *range; /* which values it takes */
	const char *initial; /* default; NULL: none */
	const char *before; /* its former name, still accepted; NULL: none */
	bool text; /* its value may hold any printable character; others are words */
};

extern const struct trial_setting trial_settings[]; /* ends with a NULL key */
const struct trial_setting *trial_setting_find(const char *key); /* NULL: no setting of every trial */
/* The present name if key is a former one; else key itself. */
const char *trial_setting_name(const char *key);

#endif
