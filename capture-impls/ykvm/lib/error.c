// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/ykvm/lib/internal.h"

int ykvm_err(char *err, int ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (err)
		vsnprintf(err, YKVM_ERR_BYTES, format, args);
	va_end(args);
	return ret;
}

int ykvm_err_sys(char *err, const char *format, ...)
{
	int error = errno;
	va_list args;
	int n;

	va_start(args, format);
	n = err ? vsnprintf(err, YKVM_ERR_BYTES, format, args) : -1;
	va_end(args);
	if (n >= 0 && n < YKVM_ERR_BYTES)
		snprintf(err + n, (size_t)(YKVM_ERR_BYTES - n), ": %s", strerror(error));
	return -error;
}
