/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ground that a trial stands on: every knob of the DUT as the trial asks for it, or its named set of knobs, or else
 * as every trial has it.
 */
#ifndef RXLAB_GROUND_H
#define RXLAB_GROUND_H

#include "harness/trial/trial_run.h"

/*
 * Turns the knobs, with undo. Into the outcome's knobs: what was read back, the capture under a named set as `base`, and
 * as "SET.KNOB" what a named set said of a knob that the trial sets by hand.
 */
int ground_set(const struct site *site, const struct trial *t, struct undo *u, struct outcome *o, struct err *e);

#endif
