// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab/console.h"

void console_tail(const char *text, char *to, size_t size)
{
	size_t n = strlen(text);
	char *p;

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	snprintf(to, size, "%.*s", (int)(n < size ? n : size - 1), text + (n < size ? 0 : n - size + 1));
	for (p = to; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '|';
}

void console_words(const char *console, char *to, size_t size)
{
	const char *panic = strstr(console, "Kernel panic");

	if (panic)
		snprintf(to, size, "%.*s", (int)strcspn(panic, "\r\n"), panic);
	else
		console_tail(console, to, size);
}
