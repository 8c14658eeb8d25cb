/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes whole files: users' files, with messages that name the path, and small ones of procfs and sysfs. */
#ifndef RXLAB_FILE_H
#define RXLAB_FILE_H

#include <stddef.h>

#include "harness/util/err.h"

/*
 * malloc'd text, ended by a 0; -EFBIG above max bytes, -EINVAL if a 0 is
 * inside. length may be NULL. Of a file that grows, the text is what it held at
 * some moment during the read.
 */
int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e);
/* Any bytes, malloc'd, ended by a 0; NULL and errno on failure. length may be NULL. */
char *file_slurp(const char *path, size_t *length);
/* Reads at most the first size - 1 bytes and adds a 0; returns how many, or -errno. */
int file_get(const char *path, char *text, size_t size);
/* As file_get(), without trailing white space. */
int file_get_line(const char *path, char *text, size_t size);
/* Writes to an existing file with one write(), as procfs and sysfs require; 0 or -errno. */
int file_put(const char *path, const char *text);
/* All or nothing: a temporary file beside it, fsync, rename, fsync of the folder. */
int file_replace(const char *path, const char *text, size_t length, struct err *e);
/* Like `mkdir -p`. */
int file_mkdirs(const char *path, struct err *e);
/* malloc'd "folder/name"; NULL = out of memory. */
char *file_join(const char *folder, const char *name);
/* Closes *fd if it is open, and sets it to -1. */
void file_close(int *fd);

#endif
