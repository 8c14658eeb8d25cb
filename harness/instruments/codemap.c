// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/instruments/codemap.h"
#include "harness/instruments/elf.h"

#define MODULES_START 0xffffffffc0000000ull /* x86: modules, and what the kernel compiles at run time */
#define UNKNOWN "(unknown)"
#define LOADED "(loaded)" /* among libraries, and not there at the snapshot: what a capture loads when it opens */
#define LIBRARIES_START 0x7f0000000000ull
#define LIBRARIES_END 0x800000000000ull
#define BPF "(bpf)"
#define AGENT "/init"

/* Ranks: a symbol is more precise than the file that contains it, and a file more than the end of the previous range. */
enum { RANK_END, RANK_FILE, RANK_SYMBOL };

static int range_add(struct codemap *m, uint64_t start, int rank, const char *owner)
{
	size_t room = m->room ? m->room * 2 : 4096;
	struct code_range *more = m->ranges;
	char *copy = strdup(owner);

	if (m->n == m->room && copy) {
		more = realloc(m->ranges, room * sizeof(*more));
		m->ranges = more ? more : m->ranges;
		m->room = more ? room : m->room;
	}
	if (!copy || !more) {
		free(copy);
		return -ENOMEM;
	}
	m->ranges[m->n] = (struct code_range) { .start = start, .rank = rank, .order = m->n, .owner = copy };
	m->n++;
	return 0;
}

static void name_clean(char *name)
{
	static const char *const tails[] = { ".cold", ".part.", ".isra.", ".constprop.", ".lto_priv." };
	char *at;
	size_t i;

	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		at = strstr(name, tails[i]);
		if (at && at != name)
			*at = '\0';
	}
}

static int function_line(struct codemap *m, const char *line)
{
	char name[256], module[64] = "", owner[324];
	uint64_t start;

	if (sscanf(line, LAB_LINE_FUNCTION "%" SCNx64 " %255s %63s", &start, name, module) < 2)
		return 0;
	name_clean(name);
	snprintf(owner, sizeof(owner), module[0] ? "%s [%s]" : "%s", name, module);
	return range_add(m, start, RANK_SYMBOL, owner);
}

/* A module's size is the sum of its parts. Where the parts are scattered, the module ends at the start of the next one. */
static int module_line(struct codemap *m, const char *line)
{
	char name[64], owner[72];
	uint64_t start, size;
	int r;

	if (sscanf(line, LAB_LINE_MODULE "%" SCNx64 " %" SCNx64 " %63s", &start, &size, name) != 3)
		return 0;
	snprintf(owner, sizeof(owner), "[%s]", name);
	r = range_add(m, start, RANK_FILE, owner);
	return r ? r : range_add(m, start + size, RANK_END, BPF);
}

struct library {
	struct codemap *m;
	uint64_t base; /* what is to be added to an address in the file */
	uint64_t start, end;
	const char *name;
};

static int library_symbol(void *context, const char *name, uint64_t at, uint64_t size)
{
	const struct library *l = context;
	char owner[324], rest[72];
	int r;

	at += l->base;
	if (at < l->start || at >= l->end || !size)
		return 0;
	snprintf(owner, sizeof(owner), "%.240s (%s)", name, l->name);
	snprintf(rest, sizeof(rest), "(%s)", l->name);
	r = range_add(l->m, at, RANK_SYMBOL, owner);
	return r ? r : range_add(l->m, at + size, RANK_END, rest);
}

static int library_add(struct codemap *m, const char *path, uint64_t start, uint64_t end, uint64_t offset,
		       const char *libraries)
{
	char file[PATH_MAX], copy[256];
	struct library l = { .m = m, .start = start, .end = end };
	uint64_t address;
	int i;

	snprintf(copy, sizeof(copy), "%s", path);
	l.name = basename(copy);
	for (i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s%s%s", libraries, i ? "/usr" : "", path);
		if (access(file, R_OK) || elf_address(file, offset, &address))
			continue;
		l.base = start - address;
		return elf_exports(file, library_symbol, &l);
	}
	return 0;
}

static int mapping_line(struct codemap *m, const char *line, const char *libraries)
{
	uint64_t start, end, offset;
	char path[256], copy[256], owner[264];
	int r;

	if (sscanf(line, LAB_LINE_MAPPING "%" SCNx64 "-%" SCNx64 " %" SCNx64 " %255s", &start, &end, &offset, path) !=
	    4)
		return 0;
	if (!strcmp(path, AGENT)) {
		m->agent_start = start;
		m->agent_end = end;
		m->agent_offset = offset;
	}
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(owner, sizeof(owner), "(%s)", basename(copy));
	r = range_add(m, start, RANK_FILE, owner);
	r = r ? r : range_add(m, end, RANK_END, UNKNOWN);
	return r || path[0] != '/' ? r : library_add(m, path, start, end, offset, libraries);
}

static int line_parse(struct codemap *m, const char *line, const char *libraries)
{
	if (!strncmp(line, LAB_LINE_FUNCTION, strlen(LAB_LINE_FUNCTION)))
		return function_line(m, line);
	if (!strncmp(line, LAB_LINE_MODULE, strlen(LAB_LINE_MODULE)))
		return module_line(m, line);
	if (!strncmp(line, LAB_LINE_MAPPING, strlen(LAB_LINE_MAPPING)))
		return mapping_line(m, line, libraries);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct code_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Sorts, and keeps the best name of each address; among equals the first, since the kernel lists its best alias first. */
static void ranges_settle(struct codemap *m)
{
	size_t i, kept = 0;

	qsort(m->ranges, m->n, sizeof(m->ranges[0]), by_start);
	for (i = 0; i < m->n; i++) {
		if (kept && m->ranges[kept - 1].start == m->ranges[i].start)
			free(m->ranges[i].owner);
		else
			m->ranges[kept++] = m->ranges[i];
	}
	m->n = kept;
}

int codemap_parse(struct codemap *m, char *layout, const char *libraries, struct err *e)
{
	char *line, *save = NULL;
	bool whole = false;
	int r;

	*m = (struct codemap) { 0 };
	r = range_add(m, MODULES_START, RANK_END, BPF);
	for (line = strtok_r(layout, "\n", &save); line && !r; line = strtok_r(NULL, "\n", &save)) {
		r = line_parse(m, line, libraries);
		whole |= !strcmp(line, LAB_LINE_LAYOUT_END);
	}
	if (r)
		r = err_set(e, r, "the guest's symbols cannot be read: %s", strerror(-r));
	else if (!whole)
		r = err_set(e, -EPROTO, "the guest's layout is not whole");
	if (r)
		codemap_free(m);
	else
		ranges_settle(m);
	return r;
}

/* The range that covers an address; NULL below all. */
static const struct code_range *range_of(const struct codemap *m, uint64_t address)
{
	size_t low = 0, high = m->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (m->ranges[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &m->ranges[low - 1] : NULL;
}

const char *codemap_owner(const struct codemap *m, uint64_t address)
{
	const struct code_range *range = range_of(m, address);

	if (range && strcmp(range->owner, UNKNOWN))
		return range->owner;
	return address >= LIBRARIES_START && address < LIBRARIES_END ? LOADED : UNKNOWN;
}

bool codemap_begins(const struct codemap *m, uint64_t address)
{
	const struct code_range *range = range_of(m, address);

	return range && range->start == address && range->rank == RANK_SYMBOL;
}

void codemap_free(struct codemap *m)
{
	while (m->n)
		free(m->ranges[--m->n].owner);
	free(m->ranges);
	*m = (struct codemap) { 0 };
}
