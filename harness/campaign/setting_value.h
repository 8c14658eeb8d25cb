/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A setting's value as a user writes it, and as the trial has it. */
#ifndef RXLAB_SETTING_VALUE_H
#define RXLAB_SETTING_VALUE_H

#include "harness/util/err.h"
#include "harness/util/sha256.h"

/*
 * Where key is the lab's kernel, *result is the whole name of the one that is meant (lab/kernels.h), in value.
 * Where key is a file, *result is its hash, in value, after the file was checked and copied into the cache; else it is the
 * text. A hash stands for itself. folder: what a relative path starts from; NULL: the working folder.
 */
int setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX], const char **result,
		  struct err *e);

#endif
