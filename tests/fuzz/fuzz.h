/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share (docs/fuzzing.md). A target is a LLVMFuzzerTestOneInput() over one of our parsers; libFuzzer
 * calls it with inputs that it makes up, run.c with those of the corpus.
 */
#ifndef RXLAB_FUZZ_H
#define RXLAB_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part of an input; data is not 0-terminated. */
struct fuzz_part {
	const uint8_t *data;
	size_t size;
};

#define FUZZ_FILES 6
/* The path of a file of these bytes, for parsers that open one. Valid until the slot (below FUZZ_FILES) is filled again. */
const char *fuzz_file(int slot, struct fuzz_part bytes);
/* A folder with one file of this name, of these bytes; one folder a process, removed at its end. */
const char *fuzz_folder(const char *name, struct fuzz_part bytes);
/* An empty folder, the working directory from then on: no name in an input leads to a file. */
void fuzz_nowhere(void);
/* Cuts off what comes before a line "====", for parsers of several files; all of it if there is no such line. */
struct fuzz_part fuzz_cut(struct fuzz_part *rest);
/* malloc'd copies; text ends with a 0, bytes end where a read behind them is noticed. */
char *fuzz_text(struct fuzz_part part);
uint8_t *fuzz_bytes(struct fuzz_part part);
/* Ends the process unless it holds: what a parser promises beside not to crash. */
#define FUZZ_EXPECT(what) ((what) ? (void)0 : fuzz_broken(#what, __FILE__, __LINE__))
void fuzz_broken(const char *what, const char *file, int line) __attribute__((noreturn));
/* A parser's answer: refused, but then with a message. */
void fuzz_answer(int ret, const struct err *e);

#endif
