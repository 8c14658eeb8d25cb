/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a trial reads, by content: a trial names such a file by the SHA-256 of its bytes, so that it stays a pure
 * function of its text. The file is copied into the cache's folder inputs/ when it is named, and each trial reads it from
 * there; in the lab it travels into the guest, which has such a folder too.
 */
#ifndef RXLAB_INPUTS_H
#define RXLAB_INPUTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/util/err.h"
#include "harness/util/sha256.h"

#define INPUTS_BYTES_MAX (16 << 20)

bool inputs_is_hash(const char *text);
/* Copies the file into the cache and gives its hash; -errno with a message. name: what inputs_name() will return. */
int inputs_take(const char *path, const char *name, char hash[SHA256_HEX], struct err *e);
const char *inputs_name(const char *hash); /* the name given to inputs_take() in this process, or the hash */
/* The path of the file with this hash; -ENOENT if it is missing, -EUCLEAN if its content has changed. */
int inputs_path(const char *hash, char path[PATH_MAX], struct err *e);
int inputs_keep(const void *bytes, size_t length, char hash[SHA256_HEX], struct err *e); /* under its hash */

#endif
