// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/elf.h"
#include "harness/util/file.h"

struct image {
	char *bytes;
	size_t size;
	Elf64_Ehdr head;
};

/*
 * An array of n elements at an offset of the file; NULL if it does not lie completely inside the file. The file decides where
 * it begins, so that elements are copied out of it (element()).
 */
static const char *part(const struct image *f, uint64_t offset, uint64_t n, size_t size)
{
	if (offset > f->size || n > (f->size - offset) / size)
		return NULL;
	return f->bytes + offset;
}

static void element(void *to, const char *array, uint64_t i, size_t size)
{
	memcpy(to, array + i * size, size);
}

static int image_open(struct image *f, const char *path)
{
	f->bytes = file_slurp(path, &f->size);
	if (!f->bytes)
		return -errno;
	if (part(f, 0, 1, sizeof(f->head))) {
		element(&f->head, f->bytes, 0, sizeof(f->head));
		if (!memcmp(f->head.e_ident, ELFMAG, SELFMAG) && f->head.e_ident[EI_CLASS] == ELFCLASS64)
			return 0;
	}
	free(f->bytes);
	return -EPROTO;
}

int elf_address(const char *path, uint64_t offset, uint64_t *address)
{
	const char *segments;
	struct image f;
	Elf64_Phdr p;
	int i, r = image_open(&f, path);

	if (r)
		return r;
	segments = part(&f, f.head.e_phoff, f.head.e_phnum, sizeof(p));
	r = -EPROTO;
	for (i = 0; segments && r && i < f.head.e_phnum; i++) {
		element(&p, segments, (uint64_t)i, sizeof(p));
		if (p.p_type != PT_LOAD || offset < p.p_offset || offset - p.p_offset >= p.p_filesz)
			continue;
		*address = p.p_vaddr + (offset - p.p_offset);
		r = 0;
	}
	free(f.bytes);
	return r;
}

/* The name at an offset of a string table; NULL if it does not end inside the table. */
static const char *name_at(const struct image *f, const Elf64_Shdr *names, uint64_t offset)
{
	const char *text = part(f, names->sh_offset, names->sh_size, 1);

	if (!text || offset >= names->sh_size || !memchr(text + offset, 0, names->sh_size - offset))
		return NULL;
	return text + offset;
}

static int functions_of(const struct image *f, const Elf64_Shdr *table, const Elf64_Shdr *names,
			int (*each)(void *context, const char *name, uint64_t address, uint64_t size), void *context)
{
	uint64_t i, n = table->sh_size / sizeof(Elf64_Sym);
	const char *symbols = part(f, table->sh_offset, n, sizeof(Elf64_Sym)), *name;
	Elf64_Sym s;
	int r = 0;

	for (i = 0; symbols && !r && i < n; i++) {
		element(&s, symbols, i, sizeof(s));
		if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || s.st_shndx == SHN_UNDEF)
			continue;
		name = name_at(f, names, s.st_name);
		r = name ? each(context, name, s.st_value, s.st_size) : 0;
	}
	return r;
}

int elf_exports(const char *path, int (*each)(void *context, const char *name, uint64_t address, uint64_t size),
		void *context)
{
	Elf64_Shdr table, names;
	const char *sections;
	struct image f;
	int i, r = image_open(&f, path);

	if (r)
		return r;
	sections = part(&f, f.head.e_shoff, f.head.e_shnum, sizeof(table));
	for (i = 0; sections && !r && i < f.head.e_shnum; i++) {
		element(&table, sections, (uint64_t)i, sizeof(table));
		if (table.sh_type != SHT_DYNSYM || table.sh_link >= f.head.e_shnum)
			continue;
		element(&names, sections, table.sh_link, sizeof(names));
		r = functions_of(&f, &table, &names, each, context);
	}
	free(f.bytes);
	return r;
}
