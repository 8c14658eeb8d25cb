/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there memory for a ring? The kernel does not refuse a large one: it kills a process to make room. */
#ifndef RXLAB_MEMORY_H
#define RXLAB_MEMORY_H

#include <stdint.h>

#include "harness/util/err.h"

/* For open(), before it asks the kernel for that many unswappable bytes: 0, or -ENOMEM with a message. */
int memory_check(const char *capture, uint64_t bytes, struct err *e);

#endif
