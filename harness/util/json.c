// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "harness/util/json.h"

json_t *json_counter(struct counter c)
{
	return c.known ? json_integer((json_int_t)c.value) : json_null();
}

json_t *json_text(const char *text)
{
	char *clean = strdup(text);
	json_t *json;
	char *p;

	if (!clean)
		return NULL;
	for (p = clean; *p; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
	json = json_string(clean);
	free(clean);
	return json;
}
