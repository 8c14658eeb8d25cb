// SPDX-License-Identifier: GPL-2.0-or-later
/* Where all code of the guest lies: reported once for each snapshot, by a guest started only for this. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/util/file.h"

#define LAYOUT_MAX (64 << 20)
#define CONSOLE_MAX (256 << 20) /* includes the report on single frames */

/* Deletes the start's files: the layout has all of their content. */
static void start_forget(const struct lab_files *f, const char *side)
{
	const char *const files[] = { f->text, f->console, f->trace, f->plugin, f->log, f->sent[0], f->sent[1] };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	rmdir(side);
}

static int layout_make(const struct lab *l, const struct lab_topology *top, const char *path, struct err *e)
{
	char side[PATH_MAX - 64], *text = NULL;
	const char *why_text;
	struct err why = { 0 };
	struct lab_files f;
	int r;

	snprintf(side, sizeof(side), "%s.start", path);
	r = file_mkdirs(side, e);
	r = r ? r : lab_files(&f, side, e);
	r = r ? r : lab_start(l, top, &f, LAB_TEXT_LAYOUT, "", (struct lab_asked) { 0 }, &why, e);
	r = r ? r : file_read(f.console, LAYOUT_MAX, &text, NULL, e);
	if (r)
		return r;
	why_text = why.text[0] ? why.text : "it ended too early";
	if (!strstr(text, "\n" LAB_LINE_LAYOUT_END "\n"))
		r = err_set(e, -EIO, "the guest did not tell where its code lies (%s); its console is in %s", why_text,
			    f.console);
	r = r ? r : file_replace(path, text, strlen(text), e);
	free(text);
	if (!r)
		start_forget(&f, side);
	return r;
}

/* The layout's file, made if missing. */
static int layout_path(const struct lab *l, const struct lab_topology *top, char path[PATH_MAX], struct err *e)
{
	char folder[PATH_MAX - 128];
	struct snapshot s;
	int lock, r = lab_snapshot(l, top, &s, e);

	if (r)
		return r;
	lab_topology_folder(l, top, folder, sizeof(folder));
	snprintf(path, PATH_MAX, "%s/layout", folder);
	if (!access(path, R_OK))
		return 0;
	lock = lab_lock(folder, e);
	if (lock < 0)
		return lock;
	if (access(path, R_OK))
		r = layout_make(l, top, path, e);
	close(lock);
	return r;
}

int lab_layout(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char **text,
	       struct err *e)
{
	char path[PATH_MAX], *first = NULL, *more = NULL;
	int r = layout_path(l, top, path, e);

	r = r ? r : file_read(path, LAYOUT_MAX, &first, NULL, e);
	if (!r && f)
		r = file_read(f->console, CONSOLE_MAX, &more, NULL, e);
	if (!r && asprintf(text, "%s\n%s", first, more ? more : "") < 0)
		r = err_set(e, -ENOMEM, "no memory");
	free(first);
	free(more);
	return r;
}
