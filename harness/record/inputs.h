/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a trial reads, by content: a trial names such a file by the SHA-256 of its bytes, so that it stays a pure
 * function of its text. The file is copied into the cache's folder inputs/ when it is named, and each trial reads it from
 * there; in the lab it travels into the guest, which has such a folder too.
 */
#ifndef RXLAB_INPUTS_H
#define RXLAB_INPUTS_H

#include <limits.h>
#include <stddef.h>

#include "harness/record/trial_spec.h"
#include "harness/util/err.h"
#include "harness/util/sha256.h"

#define INPUTS_BYTES_MAX (16 << 20)

/*
 * A setting's value as the trial has it: where key is a file, its hash, after the file was read and copied; else, the text.
 * A hash stands for itself. folder: what a relative path starts from; NULL: the working folder.
 */
int inputs_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX], const char **result,
		 struct err *e);
/* Where the file of this hash lies; -ENOENT when it does not, -EUCLEAN when its bytes are others. */
int inputs_path(const char *hash, char path[PATH_MAX], struct err *e);
int inputs_keep(const void *bytes, size_t length, char hash[SHA256_HEX], struct err *e); /* under its hash */
const char *inputs_of_trial(const struct trial *t); /* the hash of the one that it reads, or NULL */

#endif
