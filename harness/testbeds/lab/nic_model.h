/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which 82576 a trial in the lab has: the chip, or QEMU's model of it as it is (docs/lab.md). */
#ifndef RXLAB_NIC_MODEL_H
#define RXLAB_NIC_MODEL_H

#include "harness/record/outcome.h"
#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

#define NIC_MODEL_CHIP "chip" /* the default */
#define NIC_MODEL_AS_IS "as-is"

const char *nic_model_of_trial(const struct trial *t); /* as set, or the default */
/* -EINVAL where the setting is no model, or the trial's testbed has a NIC of its own. */
int nic_model_check(const struct trial *t, struct err *e);
/* Fails the outcome unless the model that was there, as the knobs say, is the one that was asked for. */
void nic_model_confirm(const struct trial *t, struct outcome *o);

#endif
