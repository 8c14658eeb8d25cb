/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read whole and written whole. Messages name the path. */
#ifndef RXLAB_FILE_H
#define RXLAB_FILE_H

#include <stddef.h>

#include "harness/util/err.h"

/* malloc'd text with a 0 behind it; -EFBIG above max bytes, -EINVAL if a 0 is inside. length may be NULL. */
int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e);
/* All or nothing: a temporary file beside it, fsync, rename, fsync of the folder. */
int file_replace(const char *path, const char *text, size_t length, struct err *e);
/* Like `mkdir -p`. */
int file_mkdirs(const char *path, struct err *e);
/* malloc'd "folder/name"; NULL = out of memory. */
char *file_join(const char *folder, const char *name);

#endif
