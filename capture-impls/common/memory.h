/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there room for a ring? The kernel does not say no to its size: it kills a process to make room. */
#ifndef RXLAB_MEMORY_H
#define RXLAB_MEMORY_H

#include <stdint.h>

#include "harness/util/err.h"

/* For open(), before the kernel is asked for so many bytes that it will not swap: 0, or -ENOMEM with a message. */
int memory_check(const char *capture, uint64_t bytes, struct err *e);

#endif
