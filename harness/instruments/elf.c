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
	const Elf64_Ehdr *head;
};

/* An array of n elements at an offset of the file; NULL if it does not lie completely inside the file. */
static const void *part(const struct image *f, uint64_t offset, uint64_t n, size_t size)
{
	if (offset > f->size || n > (f->size - offset) / size)
		return NULL;
	return f->bytes + offset;
}

static int image_open(struct image *f, const char *path)
{
	f->bytes = file_slurp(path, &f->size);
	if (!f->bytes)
		return -errno;
	f->head = part(f, 0, 1, sizeof(*f->head));
	if (f->head && !memcmp(f->head->e_ident, ELFMAG, SELFMAG) && f->head->e_ident[EI_CLASS] == ELFCLASS64)
		return 0;
	free(f->bytes);
	return -EPROTO;
}

int elf_address(const char *path, uint64_t offset, uint64_t *address)
{
	const Elf64_Phdr *p;
	struct image f;
	int i, r = image_open(&f, path);

	if (r)
		return r;
	p = part(&f, f.head->e_phoff, f.head->e_phnum, sizeof(*p));
	r = -EPROTO;
	for (i = 0; p && r && i < f.head->e_phnum; i++) {
		if (p[i].p_type != PT_LOAD || offset < p[i].p_offset || offset >= p[i].p_offset + p[i].p_filesz)
			continue;
		*address = p[i].p_vaddr + (offset - p[i].p_offset);
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
	const Elf64_Sym *s = part(f, table->sh_offset, n, sizeof(*s));
	const char *name;
	int r = 0;

	for (i = 0; s && !r && i < n; i++) {
		if (ELF64_ST_TYPE(s[i].st_info) != STT_FUNC || s[i].st_shndx == SHN_UNDEF)
			continue;
		name = name_at(f, names, s[i].st_name);
		r = name ? each(context, name, s[i].st_value, s[i].st_size) : 0;
	}
	return r;
}

int elf_exports(const char *path, int (*each)(void *context, const char *name, uint64_t address, uint64_t size),
		void *context)
{
	const Elf64_Shdr *s;
	struct image f;
	int i, r = image_open(&f, path);

	if (r)
		return r;
	s = part(&f, f.head->e_shoff, f.head->e_shnum, sizeof(*s));
	for (i = 0; s && !r && i < f.head->e_shnum; i++) {
		if (s[i].sh_type == SHT_DYNSYM && s[i].sh_link < f.head->e_shnum)
			r = functions_of(&f, &s[i], &s[s[i].sh_link], each, context);
	}
	free(f.bytes);
	return r;
}
