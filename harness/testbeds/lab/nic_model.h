/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which 82576 a trial in the lab has: like the real chip, or QEMU's unmodified model (docs/lab.md). */
#ifndef RXLAB_NIC_MODEL_H
#define RXLAB_NIC_MODEL_H

#include "harness/record/outcome.h"
#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

#define NIC_MODEL_TEXT 256
#define NIC_MODEL_FOUND "stop" /* in a snapshot's folder: what the plugin found at the stop mark */
#define NIC_MODEL_CHIP "chip" /* the default */
#define NIC_MODEL_AS_IS "as-is"

const char *nic_model_of_trial(const struct trial *t); /* the setting, or the default */
/* -EINVAL if the setting is no model, or if the trial's testbed has its own kind of NIC. */
int nic_model_check(const struct trial *t, struct err *e);
/* Fails the outcome unless the model that was used, as the knobs say, is the one that was asked for. */
void nic_model_confirm(const struct trial *t, struct outcome *o);
/*
 * What the plugin found when this folder's snapshot was made. 0: it can imitate the chip. -ENOTSUP and why not: then no
 * trial may run, since its NIC would be neither like the chip nor the known model of QEMU.
 */
int nic_model_found(const char *folder, const char *qemu_version, struct err *e);
/* The lab's NIC, in a sentence: 0: what it is; -ENOTSUP: why it cannot be that; -ENOENT: not known before the lab is built. */
int nic_model_here(char text[NIC_MODEL_TEXT]);

#endif
