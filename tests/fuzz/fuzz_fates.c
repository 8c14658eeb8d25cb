// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fates of a trial's frames, of five files in one input: QEMU's dump of the wire, its trace, the plugin's events, the
 * guest's console, its layout. What is written of them is read by `rxlab fate`.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/instruments/fates.h"
#include "harness/testbeds/lab/lab.h"
#include "tests/fuzz/fuzz.h"

#define SIDE "/nowhere"

static struct fuzz_part layout;

/* In the library's place. */
int lab_layout(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char **text,
	       struct err *e)
{
	(void)l, (void)top, (void)f, (void)e;
	*text = fuzz_text(layout);
	return 0;
}

int __wrap_file_replace(const char *path, const char *text, size_t length, struct err *e);
int __wrap_file_replace(const char *path, const char *text, size_t length, struct err *e)
{
	char *copy = fuzz_text((struct fuzz_part) { (const uint8_t *)text, length }), *rest = copy, *line, said[512];
	struct fate_line l;

	(void)path, (void)e;
	while ((line = strsep(&rest, "\n"))) {
		if (*line == '#' || !*line)
			continue;
		FUZZ_EXPECT(!fates_line_parse(&l, line));
		fates_say(&l, l.first, said, sizeof(said));
	}
	free(copy);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part rest = { data, size };
	struct outcome *o = malloc(sizeof(*o));
	static struct lab_files files;
	static struct lab lab;
	struct err e = { "" };
	char arguments[2048];
	struct trial t;

	FUZZ_EXPECT(o && !trial_parse(&t, "capture=null count=6 senders=2", &e));
	outcome_init(o);
	strcpy(files.wire, fuzz_file(0, fuzz_cut(&rest)));
	strcpy(files.trace, fuzz_file(1, fuzz_cut(&rest)));
	strcpy(files.events, fuzz_file(2, fuzz_cut(&rest)));
	strcpy(files.console, fuzz_file(3, fuzz_cut(&rest)));
	layout = rest;
	fuzz_answer(lab_fates(&lab, &t, &files, SIDE, o, &e), &e);
	fuzz_answer(lab_fates_arguments(&lab, NULL, &files, arguments, sizeof(arguments), &e), &e);
	outcome_free(o);
	free(o);
	return 0;
}
