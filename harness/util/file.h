/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read whole and written whole: those of users, with messages that name the path, and small ones of procfs and sysfs. */
#ifndef RXLAB_FILE_H
#define RXLAB_FILE_H

#include <stddef.h>

#include "harness/util/err.h"

/*
 * malloc'd text with a 0 behind it; -EFBIG above max bytes, -EINVAL if a 0 is
 * inside. length may be NULL. A file that grows meanwhile gives what it had at
 * some moment of the reading.
 */
int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e);
/* Any bytes, malloc'd, with a 0 behind them; NULL and errno. length may be NULL. */
char *file_slurp(const char *path, size_t *length);
/* The first size - 1 bytes at most, with a 0 behind them; how many, or -errno. */
int file_get(const char *path, char *text, size_t size);
/* As file_get(), without the white space at its end. */
int file_get_line(const char *path, char *text, size_t size);
/* Into a file that is there, by one write, as procfs and sysfs want it; 0 or -errno. */
int file_put(const char *path, const char *text);
/* All or nothing: a temporary file beside it, fsync, rename, fsync of the folder. */
int file_replace(const char *path, const char *text, size_t length, struct err *e);
/* Like `mkdir -p`. */
int file_mkdirs(const char *path, struct err *e);
/* malloc'd "folder/name"; NULL = out of memory. */
char *file_join(const char *folder, const char *name);
/* Closes what is open, and says by -1 that it is not any more. */
void file_close(int *fd);

#endif
