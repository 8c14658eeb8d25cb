/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small text files of procfs and sysfs: whole reads, whole writes. */
#ifndef RXLAB_TEXTFILE_H
#define RXLAB_TEXTFILE_H

#include <stddef.h>
#include <stdint.h>

/* Reads at most size - 1 bytes and ends them with 0; bytes read, or -errno. */
int textfile_read(const char *path, char *text, size_t size);
/* As textfile_read(), without the trailing white space. */
int textfile_read_line(const char *path, char *text, size_t size);
int textfile_write(const char *path, const char *text); /* one write; 0 or -errno */
/* The whole file, malloc'd and ended with 0; NULL and errno. */
char *textfile_slurp(const char *path, size_t *len);
int parse_u64(const char *text, uint64_t *value); /* decimal digits only, all of them; -EINVAL, -ERANGE */

#endif
