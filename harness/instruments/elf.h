/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little that is asked of ELF files (64 bits, this machine's order of bytes). */
#ifndef RXLAB_ELF_H
#define RXLAB_ELF_H

#include <stdint.h>

/* The address, as the file counts them, of a place in the file; -EPROTO: no such file, or the place is not loaded. */
int elf_address(const char *path, uint64_t offset, uint64_t *address);
/* Each function that a library exports; stops at the first answer but 0 and returns it. */
int elf_exports(const char *path, int (*each)(void *context, const char *name, uint64_t address, uint64_t size),
		void *context);

#endif
