/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which 82576 a trial in the lab has: the chip, or QEMU's model of it as it is (docs/lab.md). */
#ifndef RXLAB_NIC_MODEL_H
#define RXLAB_NIC_MODEL_H

#include "harness/record/outcome.h"
#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

#define NIC_MODEL_TEXT 256
#define NIC_MODEL_FOUND "stop" /* in a snapshot's folder: what the plugin found, when it asked for the stop */
#define NIC_MODEL_CHIP "chip" /* the default */
#define NIC_MODEL_AS_IS "as-is"

const char *nic_model_of_trial(const struct trial *t); /* as set, or the default */
/* -EINVAL where the setting is no model, or the trial's testbed has a NIC of its own. */
int nic_model_check(const struct trial *t, struct err *e);
/* Fails the outcome unless the model that was there, as the knobs say, is the one that was asked for. */
void nic_model_confirm(const struct trial *t, struct outcome *o);
/*
 * What the plugin found when the snapshot of this folder was made. 0: the chip can be had. -ENOTSUP and why not: then no
 * trial runs, since it would be on a NIC that is neither the chip nor what is known of QEMU's.
 */
int nic_model_found(const char *folder, const char *qemu_version, struct err *e);
/* The lab's NIC, in a sentence: 0: what it is; -ENOTSUP: why it cannot be that; -ENOENT: not known before the lab is built. */
int nic_model_here(char text[NIC_MODEL_TEXT]);

#endif
