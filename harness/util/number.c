// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/util/number.h"

int number_parse(const char *text, uint64_t *value)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	uint64_t v = 0;
	const char *p;

	if (!*digits || digits[strspn(digits, "0123456789")])
		return -EINVAL;
	if (digits != text)
		return -ERANGE;
	for (p = digits; *p; p++) {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	}
	*value = v;
	return 0;
}
