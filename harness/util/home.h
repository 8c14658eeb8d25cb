/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the project lies: scripts, campaigns and what was built beside the program. */
#ifndef RXLAB_HOME_H
#define RXLAB_HOME_H

#include <stddef.h>

#include "harness/util/err.h"

/*
 * The project's folder, which is the nearest one above the running program: HOME/rxlab, HOME/build/sanitize/rxlab,
 * HOME/build/tests/.../NAME. If there is none, the program's own folder.
 */
int home_find(char *path, size_t size, struct err *e);

#endif
