// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal that a killed trial leaves, which the next rxlab undoes. Nothing is undone here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its static functions are called below, and a module is not unloaded. In the library's place. */
#define syscall(...) (-1)
#include "harness/dut/journal.c"
#undef syscall
#include "tests/fuzz/fuzz.h"

int __wrap_file_put(const char *path, const char *text);
int __wrap_file_put(const char *path, const char *text)
{
	return strlen(path) > strlen(text) ? 0 : -EACCES;
}

static size_t told_bytes;

static void told(const char *line)
{
	told_bytes += strlen(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size });
	struct err e = { "" };

	errno = ENOENT; /* of a module that is not there */
	fuzz_answer(text_undo("undo-x", text, told, &e), &e);
	free(text);
	return 0;
}
