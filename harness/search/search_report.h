/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a search, as JSON and as a table. */
#ifndef RXLAB_SEARCH_REPORT_H
#define RXLAB_SEARCH_REPORT_H

#include <stdio.h>

#include "harness/search/search_run.h"

/* malloc'd text of search.json: a line with its end; unknown is null. NULL = out of memory. */
char *search_json(const struct search_run *r);
void search_table(const struct search_run *r, FILE *f);
/* `--dry-run`: what would be measured first, and why. */
void search_print_first(struct search_run *r, FILE *f);

#endif
