/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few JSON values for which jansson has no function. NULL = out of memory, as in jansson. */
#ifndef RXLAB_JSON_H
#define RXLAB_JSON_H

#include <jansson.h>

#include "harness/util/counter.h"

json_t *json_counter(struct counter c); /* null when unknown */
/* Replaces every byte outside printable ASCII by '?': text from a guest may hold any byte. */
json_t *json_text(const char *text);

#endif
