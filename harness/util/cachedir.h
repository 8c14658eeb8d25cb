/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder that rxlab keeps between runs: $RXLAB_CACHE, $XDG_CACHE_HOME/rxlab or $HOME/.cache/rxlab. */
#ifndef RXLAB_CACHE_H
#define RXLAB_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

int cache_path(char *path, size_t size, struct err *e); /* absolute; it need not exist */
/* Can it be written to, or created? 0 and the free bytes there, or -errno and the reason. Changes nothing. */
int cache_probe(uint64_t *left, struct err *e);

#endif
