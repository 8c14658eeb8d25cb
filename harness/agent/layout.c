// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the code lies that a trial can execute, for the host's profile. Asked of a guest that was started from the
 * snapshot for this alone, so that no trial pays for it; of modules that a capture loaded, asked when all is measured.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/agent/guest.h"
#include "harness/agent/btf.h"
#include "harness/record/lab_protocol.h"
#include "harness/util/file.h"

#define MODULES "/proc/modules"

/* "ADDRESS TYPE NAME[\t[MODULE]]" */
static void function_line(const char *line, FILE *out)
{
	char name[256], module[64];
	unsigned long address;
	char type;
	int n = sscanf(line, "%lx %c %255s [%63[^]]", &address, &type, name, module);

	if (n < 3 || !strchr("tTwW", type))
		return;
	fprintf(out, LAB_LINE_FUNCTION "%lx %s%s%s\n", address, name, n > 3 ? " " : "", n > 3 ? module : "");
}

/* "NAME SIZE USERS BY STATE ADDRESS" */
static void module_line(const char *line, FILE *out)
{
	unsigned long address, size;
	char name[64];

	if (sscanf(line, "%63s %lu %*s %*s %*s %lx", name, &size, &address) == 3)
		fprintf(out, LAB_LINE_MODULE "%lx %lx %s\n", address, size, name);
}

/* "START-END PERMISSIONS OFFSET DEVICE INODE PATH" */
static void mapping_line(const char *line, FILE *out)
{
	char permissions[8], path[256];
	unsigned long start, end, offset;

	if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %255s", &start, &end, permissions, &offset, path) == 5 &&
	    strchr(permissions, 'x'))
		fprintf(out, LAB_LINE_MAPPING "%lx-%lx %lx %s\n", start, end, offset, path);
}

static void lines_of(const char *path, void (*each)(const char *line, FILE *out), FILE *out)
{
	char *text = file_slurp(path, NULL), *save = NULL, *line;

	if (!text)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		each(line, out);
	free(text);
}

static void types_of_kernel(FILE *out)
{
	size_t bytes = 0;
	char *text = file_slurp("/sys/kernel/btf/vmlinux", &bytes);

	if (text)
		btf_tell(text, bytes, out);
	free(text);
}

void guest_layout(void)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	lines_of("/proc/kallsyms", function_line, out);
	lines_of(MODULES, module_line, out);
	lines_of("/proc/self/maps", mapping_line, out);
	types_of_kernel(out);
	fprintf(out, LAB_LINE_LAYOUT_END "\n");
	if (!fclose(out))
		fwrite(text, 1, size, stdout);
	free(text);
}

static char *noted, *loaded; /* /proc/modules at the snapshot, and now */

void guest_modules_note(void)
{
	noted = file_slurp(MODULES, NULL);
}

/* Has a text of /proc/modules a line of this module? */
static bool has_module(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (; text && *text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, name, n) && text[n] == ' ')
			return true;
	}
	return false;
}

static void new_module_line(const char *line, FILE *out)
{
	char name[64];

	if (sscanf(line, "%63s", name) == 1 && !has_module(noted, name))
		module_line(line, out);
}

static void new_function_line(const char *line, FILE *out)
{
	char module[64];

	if (sscanf(line, "%*s %*s %*s [%63[^]]", module) == 1 && has_module(loaded, module) &&
	    !has_module(noted, module))
		function_line(line, out);
}

void guest_modules_tell(void)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out;

	loaded = file_slurp(MODULES, NULL);
	out = loaded ? open_memstream(&text, &size) : NULL;
	if (!out)
		return;
	fputc('\n', out);
	lines_of(MODULES, new_module_line, out);
	fflush(out);
	/* Reading all symbols takes long, so not if no module is new. */
	if (size > 1)
		lines_of("/proc/kallsyms", new_function_line, out);
	if (!fclose(out))
		fwrite(text, 1, size, stdout);
	free(text);
}
