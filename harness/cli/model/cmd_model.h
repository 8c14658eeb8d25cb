/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands of `rxlab model` share. */
#ifndef RXLAB_MODELS_CMD_H
#define RXLAB_MODELS_CMD_H

#include <stdio.h>

#include "harness/util/err.h"

#define EXIT_USAGE 2

int model_predict(char **words); /* words behind "predict", NULL at the end; exit status */
int model_simulate(char **words); /* words behind "simulate" */
void model_predict_help(FILE *f);
int model_complain(const char *verb, const char *what); /* prints, returns EXIT_USAGE */
/* A finite number; the message names --option. text may be NULL. */
int model_number(const char *option, const char *text, double *value, struct err *e);

#endif
