/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a busy machine spoiled a trial at wall clock: the same rules as those of tables over blocks
 * (harness/analysis/interference.py, docs/netns.md); results/fixtures/rules.json holds both to the same answers.
 * What is unknown disturbs nothing.
 */
#ifndef RXLAB_INTERFERENCE_H
#define RXLAB_INTERFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Judges one record; if disturbed, why[size] says who was kept from a CPU and for how long. Virtual-clock records are never disturbed. Pure. */
bool record_disturbed(const json_t *record, char *why, size_t size);

#endif
