/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Predictions beside the measurements of a results folder, and their errors.
 *
 * Writes DIR/predictions.tsv (one line a record, sorted), prediction-curves.tsv
 * (loss over all rates up to the highest measured one, for the figures) and
 * prediction-errors.txt (the summary, also printed).
 */
#ifndef RXLAB_VALIDATE_H
#define RXLAB_VALIDATE_H

#include <stdio.h>

#include "models/calibrate.h"
#include "models/predict.h"

struct validation {
	struct points points;
	struct calibrations cals;
	struct prediction *predictions; /* by index of the point */
};

int validate_load(const char *dir, const struct calibrate_options *o, struct validation *v, struct err *e);
/* -ENODATA where no trial of the folder calibrates. */
int validate_check(const char *dir, const struct calibrate_options *o, const struct validation *v, struct err *e);
void validate_free(struct validation *v);

void validate_write_table(const struct validation *v, FILE *f); /* predictions.tsv */
void validate_write_curves(const struct validation *v, FILE *f); /* prediction-curves.tsv */
void validate_write_errors(const struct validation *v, FILE *f); /* prediction-errors.txt */
void validate_write_calibration(const struct validation *v, FILE *f);

#endif
