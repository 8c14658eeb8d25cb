/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements about the models, from their residuals. */
#ifndef RXLAB_ERRORS_H
#define RXLAB_ERRORS_H

#include "models/residuals.h"

/* loss_free.c: highest rates without loss, measured and predicted. */
void loss_free_write(const struct validation *v, FILE *f);
/* Mean error of the predicted rate over a capture's curves, %; NAN where no curve has an end. */
double loss_free_error(const struct validation *v, const char *capture);
/* verdict.c */
void verdicts_write(const struct validation *v, FILE *f);

#endif
