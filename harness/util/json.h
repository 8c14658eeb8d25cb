/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few JSON values that jansson has no call for. NULL = out of memory, as there. */
#ifndef RXLAB_JSON_H
#define RXLAB_JSON_H

#include <jansson.h>

#include "harness/util/counter.h"

json_t *json_counter(struct counter c); /* null when unknown */
/* With a '?' for every byte outside printable ASCII: text from a guest may hold any. */
json_t *json_text(const char *text);

#endif
