// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/addr2line.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define ANSWER_MAX (64 << 20)

static int questions_write(const char *path, const uint64_t *addresses, size_t n, struct err *e)
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (!f)
		return err_sys(e, "%s", path);
	for (i = 0; i < n; i++)
		fprintf(f, "0x%" PRIx64 "\n", addresses[i]);
	return fclose(f) ? err_sys(e, "%s", path) : 0;
}

/* The source of "SOURCE:LINE", if it belongs to the program itself; NULL: somebody else's header, or unknown. */
static const char *own_source(char *place)
{
	char *line = strrchr(place, ':');

	if (line)
		*line = '\0';
	while (!strncmp(place, "./", 2))
		place += 2;
	return place[0] == '/' || place[0] == '?' ? NULL : place;
}

/* addr2line prints each address on its own line, then a function and its place for each level of inlining, innermost first. */
int addr2line_parse(char *text, size_t n, char **owners)
{
	char *line, *place, *save = NULL;
	const char *source;
	size_t at = 0;

	memset(owners, 0, n * sizeof(*owners));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "0x", 2)) {
			at++;
			continue;
		}
		place = strtok_r(NULL, "\n", &save);
		source = place ? own_source(place) : NULL;
		if (!at || at > n)
			return -EPROTO;
		if (source && !owners[at - 1] && asprintf(&owners[at - 1], "%s (%s)", line, source) < 0)
			return -ENOMEM;
	}
	return at == n ? 0 : -EPROTO;
}

int addr2line_names(const char *program, const uint64_t *addresses, size_t n, const char *folder, char **owners,
		    struct err *e)
{
	char asked[PATH_MAX], said[PATH_MAX], at_asked[PATH_MAX + 1], *text;
	const char *const argv[] = { "addr2line", "-a", "-f", "-i", "-e", program, at_asked, NULL };
	int r;

	snprintf(asked, sizeof(asked), "%s/addresses", folder);
	snprintf(said, sizeof(said), "%s/functions", folder);
	snprintf(at_asked, sizeof(at_asked), "@%s", asked);
	r = questions_write(asked, addresses, n, e);
	r = r ? r : spawn_into(argv, said, e);
	if (r > 0)
		r = err_set(e, -EIO, "addr2line cannot read %s (status %d)", program, r);
	r = r ? r : file_read(said, ANSWER_MAX, &text, NULL, e);
	if (r)
		return r;
	r = addr2line_parse(text, n, owners);
	free(text);
	return r ? err_set(e, r, "%s: not what addr2line was asked", said) : 0;
}
