// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kallsyms, /proc/modules and /proc/self/maps as the agent tells them to the host, which reads what it said. Three
 * texts in an input, and a fourth of the modules at the snapshot.
 */
#include "harness/agent/layout.c"
#include "harness/instruments/codemap.h"
#include "tests/fuzz/fuzz.h"

static struct fuzz_part symbols, modules, maps;

char *__wrap_file_slurp(const char *path, size_t *length);
char *__wrap_file_slurp(const char *path, size_t *length)
{
	if (length)
		*length = 0;
	if (!strcmp(path, "/proc/kallsyms"))
		return fuzz_text(symbols);
	if (!strcmp(path, MODULES))
		return fuzz_text(modules);
	return !strcmp(path, "/proc/self/maps") ? fuzz_text(maps) : NULL;
}

/* It prints what it finds; here nobody reads that. */
static void symbols_told(void)
{
	FILE *kept = stdout;
	size_t size = 0;
	char *text = NULL;

	stdout = open_memstream(&text, &size);
	if (stdout) {
		guest_symbols();
		fclose(stdout);
	}
	stdout = kept;
	free(text);
}

/* All of it, as guest_layout() does, and what is new, as guest_modules_tell() does. */
static char *told(void)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	lines_of("/proc/kallsyms", function_line, out);
	lines_of(MODULES, module_line, out);
	lines_of("/proc/self/maps", mapping_line, out);
	lines_of(MODULES, new_module_line, out);
	lines_of("/proc/kallsyms", new_function_line, out);
	fprintf(out, LAB_LINE_LAYOUT_END "\n");
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part rest = { data, size };
	struct err e = { "" };
	struct codemap m;
	char *text;
	int r;

	symbols = fuzz_cut(&rest);
	modules = fuzz_cut(&rest);
	maps = fuzz_cut(&rest);
	noted = fuzz_text(rest);
	loaded = fuzz_text(modules);
	symbols_told();
	text = told();
	r = text ? codemap_parse(&m, text, "/nowhere", &e) : 0;
	fuzz_answer(r, &e);
	if (text && !r)
		codemap_free(&m);
	free(text);
	free(noted);
	free(loaded);
	return 0;
}
