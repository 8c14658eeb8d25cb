/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few things that rxlab reads from ELF files (64 bits, this machine's byte order). */
#ifndef RXLAB_ELF_H
#define RXLAB_ELF_H

#include <stdint.h>

/* Converts a file offset to the file's virtual address; -EPROTO: not an ELF file, or that offset is not loaded. */
int elf_address(const char *path, uint64_t offset, uint64_t *address);
/* Calls back for each exported function of a library; stops at the first non-zero answer and returns it. */
int elf_exports(const char *path, int (*each)(void *context, const char *name, uint64_t address, uint64_t size),
		void *context);

#endif
