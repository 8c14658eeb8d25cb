/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares two sets of records, trial by trial. Equal trials on equal testbeds must give equal records; this lists the differences. */
#ifndef RXLAB_COMPARE_H
#define RXLAB_COMPARE_H

#include <stddef.h>
#include <stdio.h>

#include "harness/util/err.h"

struct comparison {
	size_t equal;
	size_t different;
	size_t only_a;
	size_t only_b;
};

/* Reads FOLDER/trials.jsonl of both; prints a line for each field that differs: "ID FIELD: A B". */
int compare_folders(const char *a, const char *b, FILE *out, struct comparison *result, struct err *e);

#endif
