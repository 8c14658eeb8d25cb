// SPDX-License-Identifier: GPL-2.0-or-later
/* trials.jsonl, as C reads it: the models' points, rxlab compare, what a busy machine spoiled, and a folder to go on with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/plan.h"
#include "harness/runner/compare.h"
#include "harness/runner/folder.h"
#include "harness/runner/interference.h"
#include "models/point.h"
#include "tests/fuzz/fuzz.h"

#define IDENTITY "0123456789abcdef"

/* A disk's answer is no part of it. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

static void points(const char *folder)
{
	struct points p;
	struct err e = { "" };
	int r = points_read(folder, &p, &e);

	fuzz_answer(r, &e);
	if (!r)
		points_free(&p);
}

static void compared(const char *folder)
{
	struct comparison result;
	struct err e = { "" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r = compare_folders(folder, folder, out, &result, &e);

	fuzz_answer(r, &e);
	FUZZ_EXPECT(r || !(result.different || result.only_a || result.only_b));
	fclose(out);
	free(text);
}

static void disturbed(char *text)
{
	char *line, why[160];
	json_t *record;

	while ((line = strsep(&text, "\n"))) {
		record = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (record)
			record_disturbed(record, why, sizeof(why));
		json_decref(record);
	}
}

/* The folder of a plan of one trial. */
static void resumed(const char *path)
{
	struct plan p = { .n = 0 };
	struct folder f = { .lock_fd = -1, .records_fd = -1, .n = 1, .has_records = true };
	struct err e = { "" };
	struct trial t;
	struct identity own = { .identity = IDENTITY };
	const struct identities all = { &own, 1 };

	FUZZ_EXPECT(!trial_parse(&t, "capture=null", &e) && !plan_append(&p, &t, "", &e));
	own.trial = t;
	f.path = strdup(path);
	f.side = strdup(path);
	f.lines = calloc(1, sizeof(f.lines[0]));
	f.status = calloc(1, sizeof(f.status[0]));
	FUZZ_EXPECT(asprintf(&f.records_path, "%s/trials.jsonl", path) > 0);
	fuzz_answer(folder_load(&f, &p, &all, &e), &e);
	folder_close(&f);
	plan_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_part all = { data, size };
	const char *folder = fuzz_folder("trials.jsonl", all);
	char *text = fuzz_text(all);

	points(folder);
	compared(folder);
	disturbed(text);
	resumed(folder);
	free(text);
	return 0;
}
