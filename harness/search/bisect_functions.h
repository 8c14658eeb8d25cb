/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions changed between two trials of a results folder: what `rxlab compare --by function` says of them. */
#ifndef RXLAB_BISECT_FUNCTIONS_H
#define RXLAB_BISECT_FUNCTIONS_H

#include <jansson.h>

#include "harness/util/err.h"

#define BISECT_FUNCTIONS_FILE "functions.json" /* in the folder: the last comparison, whole */

/*
 * Compares the trials with these ids, both with profiles in FOLDER/side. *found: the comparison (by_function.py), owned by
 * the caller. home: of the project, where its scripts are.
 */
int bisect_functions(const char *home, const char *folder, const char *good, const char *bad, json_t **found,
		     struct err *e);
/* Names of those whose own code changed, as an array; empty where none did. New reference; NULL: no memory. */
json_t *bisect_functions_own(const json_t *found);
/* Instructions a frame that the named functions took in the trial of this record, from FOLDER/side/ID/owners. */
int bisect_functions_sum(const char *folder, const char *record, const json_t *names, double *insns, struct err *e);
/* At most so many changes in words, a line each, the largest first; new array of texts. */
json_t *bisect_functions_words(const json_t *found, size_t most);

#endif
