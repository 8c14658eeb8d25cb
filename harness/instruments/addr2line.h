/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function an address belongs to, inlined functions too: addr2line reads the program's debug information. */
#ifndef RXLAB_ADDR2LINE_H
#define RXLAB_ADDR2LINE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

/*
 * "FUNCTION (SOURCE)" for each of n addresses, counted as the file does: the innermost function that stands in the
 * program's own sources (a relative path), so a memcpy() inlined into it is its own; NULL where there is none. owners: n
 * of them, malloc'd. folder: for the files that go to addr2line and come from it.
 */
int addr2line_names(const char *program, const uint64_t *addresses, size_t n, const char *folder, char **owners,
		    struct err *e);
/* The same, from the output of addr2line -a -f -i for n addresses. The text is modified. -EPROTO: not all n are in it. */
int addr2line_parse(char *text, size_t n, char **owners);

#endif
