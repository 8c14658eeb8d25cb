// SPDX-License-Identifier: GPL-2.0-or-later
/* An ELF file: where an offset is loaded, which functions it exports, and these in a map of code. */
#include <stdio.h>
#include <string.h>

#include "harness/instruments/codemap.h"
#include "harness/instruments/elf.h"
#include "harness/record/lab_protocol.h"
#include "tests/fuzz/fuzz.h"

static int each(void *context, const char *name, uint64_t address, uint64_t size)
{
	(void)address, (void)size;
	*(size_t *)context += strlen(name);
	return 0;
}

static void mapped(const char *path)
{
	char text[160];
	struct err e = { "" };
	struct codemap m;

	snprintf(text, sizeof(text), LAB_LINE_MAPPING "7f0000000000-7f0000100000 0 %s\n" LAB_LINE_LAYOUT_END "\n",
		 path);
	FUZZ_EXPECT(!codemap_parse(&m, text, "", &e));
	FUZZ_EXPECT(codemap_owner(&m, 0x7f0000000010));
	codemap_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, (struct fuzz_part) { data, size });
	uint64_t address;
	size_t bytes = 0;

	elf_address(path, 0, &address);
	elf_address(path, size / 2, &address);
	elf_exports(path, each, &bytes);
	mapped(path);
	return 0;
}
