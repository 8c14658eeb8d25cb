// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/runner/folder.h"
#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/util/file.h"

/* The fields that are read back from a stored record. */
struct stored {
	int schema;
	const char *id;
	const char *identity; /* NULL: it failed since its kernel could not be made ready */
	const char *kernel; /* NULL: the testbed's own */
	const char *status;
};

static int lock_taken(const struct folder *f, struct err *e)
{
	char pid[16] = "";

	if (pread(f->lock_fd, pid, sizeof(pid) - 1, 0) > 0)
		return err_set(e, -EBUSY, "another rxlab (pid %.*s) is running in %s", (int)strcspn(pid, "\n"), pid,
			       f->path);
	return err_set(e, -EBUSY, "another rxlab is running in %s", f->path);
}

static int lock(struct folder *f, struct err *e)
{
	char *path = file_join(f->side, "lock");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (fd < 0) {
		free(path);
		return err_sys(e, "%s/lock", f->side);
	}
	free(path);
	f->lock_fd = fd;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return lock_taken(f, e);
	if (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0)
		return err_sys(e, "%s/lock", f->side);
	return 0;
}

/* Records go into an empty folder, or beside the records that are there: not among somebody's own files. */
static int check_place(const struct folder *f, struct err *e)
{
	DIR *dir = opendir(f->path);
	const struct dirent *entry;
	bool empty = true;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, "%s", f->path);
	while (empty && (entry = readdir(dir)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(dir);
	if (empty || !access(f->side, F_OK) || !access(f->records_path, F_OK))
		return 0;
	return err_set(e, -ENOTEMPTY, "%s is neither empty nor a results folder: use another --out", f->path);
}

int folder_open(struct folder *f, const char *path, size_t n_trials, struct err *e)
{
	int ret;

	*f = (struct folder) { .lock_fd = -1, .records_fd = -1, .n = n_trials };
	f->path = strdup(path);
	f->side = file_join(path, "side");
	f->records_path = file_join(path, "trials.jsonl");
	f->lines = calloc(n_trials, sizeof(f->lines[0]));
	f->status = calloc(n_trials, sizeof(f->status[0]));
	if (!f->path || !f->side || !f->records_path || !f->lines || !f->status)
		ret = err_set(e, -ENOMEM, "out of memory");
	else
		ret = check_place(f, e);
	if (!ret)
		ret = file_mkdirs(f->side, e);
	if (!ret)
		ret = lock(f, e);
	if (ret)
		folder_close(f);
	return ret;
}

void folder_close(struct folder *f)
{
	size_t i;

	for (i = 0; f->lines && i < f->n; i++)
		free(f->lines[i]);
	free(f->lines);
	free(f->status);
	free(f->path);
	free(f->records_path);
	if (f->side) {
		free(f->side);
		if (f->records_fd >= 0)
			close(f->records_fd);
		if (f->lock_fd >= 0)
			close(f->lock_fd);
	}
	memset(f, 0, sizeof(*f));
}

static int status_of(const char *name)
{
	int i;

	for (i = TRIAL_OK; i <= TRIAL_FAILED; i++) {
		if (strcmp(outcome_status_name(i), name) == 0)
			return i;
	}
	return -1;
}

static int check_stored(const struct folder *f, const struct plan *p, const struct stored *s,
			const struct identities *identities, size_t line, size_t *at, struct err *e)
{
	const char *path = f->records_path, *identity = "";
	long index = plan_find(p, s->id);
	struct trial t;

	if (index >= 0) {
		plan_trial(p, index, &t);
		identity = identities_find(identities, &t);
	}

	if (s->schema != RECORD_SCHEMA)
		return err_set(e, -EINVAL, "%s:%zu: schema %d, this rxlab writes %d: use another --out", path, line,
			       s->schema, RECORD_SCHEMA);
	if (index < 0)
		return err_set(e, -EINVAL, "%s:%zu: trial %s is not in the plan%s%s", path, line, s->id,
			       s->kernel ? ": has its series a newer kernel now? It is of " : "",
			       s->kernel ? s->kernel : "");
	/* Where its kernel cannot be made ready now, nothing is measured that could differ from what is there. */
	if (s->identity && identity && strcmp(s->identity, identity))
		return err_set(e, -EINVAL, "%s:%zu: measured on testbed identity %s, this one is %s: use another --out",
			       path, line, s->identity, identity);
	if (f->lines[index])
		return err_set(e, -EINVAL, "%s:%zu: trial %s stands twice", path, line, s->id);
	if (status_of(s->status) < 0)
		return err_set(e, -EINVAL, "%s:%zu: unknown status '%s'", path, line, s->status);
	*at = (size_t)index;
	return 0;
}

static int keep(struct folder *f, size_t index, const char *text, const char *status, struct err *e)
{
	if (status_of(status) == TRIAL_FAILED) {
		f->failed_dropped++;
		return 0;
	}
	f->lines[index] = strdup(text);
	f->status[index] = status_of(status);
	f->done++;
	return f->lines[index] ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int load_line(struct folder *f, const struct plan *p, const struct identities *identities, const char *text,
		     size_t line, struct err *e)
{
	json_error_t where;
	struct stored s = { 0 };
	json_t *record, *identity;
	size_t at = 0;
	int ret;

	record = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	if (!record || json_unpack_ex(record, &where, 0, "{s:i,s:s,s:{s:o},s:s,s?{s?{s?s}}}", "schema", &s.schema, "id",
				      &s.id, "testbed", "identity", &identity, "status", &s.status, "spec", "set",
				      KERNEL_KEY, &s.kernel)) {
		json_decref(record);
		return err_set(e, -EINVAL, "%s:%zu: not a record: %s", f->records_path, line, where.text);
	}
	s.identity = json_string_value(identity);
	ret = check_stored(f, p, &s, identities, line, &at, e);
	if (!ret)
		ret = keep(f, at, text, s.status, e);
	json_decref(record);
	return ret;
}

static int load_lines(struct folder *f, const struct plan *p, const struct identities *identities, FILE *in,
		      struct err *e)
{
	char *text = NULL;
	size_t size = 0;
	size_t line = 0;
	ssize_t n;
	int ret = 0;

	while (!ret && (n = getline(&text, &size, in)) > 0) {
		line++;
		f->torn = text[n - 1] != '\n';
		if (f->torn)
			break;
		text[n - 1] = 0;
		ret = load_line(f, p, identities, text, line, e);
	}
	if (!ret && ferror(in))
		ret = err_sys(e, "%s", f->records_path);
	free(text);
	return ret;
}

/* The kept records joined, in the plan's order. */
static int write_lines(const struct folder *f, struct err *e)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	size_t i;
	int ret;

	if (!out)
		return err_sys(e, "%s", f->records_path);
	for (i = 0; i < f->n; i++) {
		if (f->lines[i])
			fprintf(out, "%s\n", f->lines[i]);
	}
	ret = ferror(out) | fclose(out) ? err_set(e, -ENOMEM, "out of memory")
					: file_replace(f->records_path, text, length, e);
	free(text);
	return ret;
}

/* The folder's source must be the same text, or be absent: it is written before the first record. */
static int check_source(const struct folder *f, const struct folder_source *source, struct err *e)
{
	char *path = file_join(f->path, source->file);
	struct err why = { "" };
	char *old = NULL;
	int ret = 0;

	if (!path)
		return err_set(e, -ENOMEM, "out of memory");
	if (!f->has_records)
		ret = file_replace(path, source->text, source->length, e);
	else if (file_read(path, CAMPAIGN_BYTES_MAX, &old, NULL, &why))
		ret = err_set(e, -EINVAL, "cannot tell what the records in %s are of: %s", f->path, why.text);
	else if (strcmp(old, source->text))
		ret = err_set(e, -EINVAL, "%s differs from %s, which the records there are of: use another --out",
			      source->said, path);
	free(old);
	free(path);
	return ret;
}

int folder_check(struct folder *f, const struct folder_source *source, bool resume, struct err *e)
{
	FILE *in = fopen(f->records_path, "re");

	if (!in && errno != ENOENT)
		return err_sys(e, "%s", f->records_path);
	f->has_records = in && fgetc(in) != EOF;
	if (in)
		fclose(in);
	if (f->has_records && !resume)
		return err_set(e, -EEXIST, "%s has records: go on with --resume or use another --out", f->path);
	return check_source(f, source, e);
}

static int load(struct folder *f, const struct plan *p, const struct identities *identities, struct err *e)
{
	FILE *in = fopen(f->records_path, "re");
	int ret;

	if (!in)
		return err_sys(e, "%s", f->records_path);
	ret = load_lines(f, p, identities, in, e);
	fclose(in);
	if (!ret && (f->torn || f->failed_dropped))
		ret = write_lines(f, e);
	return ret;
}

int folder_load(struct folder *f, const struct plan *p, const struct identities *identities, struct err *e)
{
	int ret = f->has_records ? load(f, p, identities, e) : 0;

	if (ret)
		return ret;
	f->records_fd = open(f->records_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return f->records_fd < 0 ? err_sys(e, "%s", f->records_path) : 0;
}

int folder_add(struct folder *f, size_t index, char *line, enum trial_status status, struct err *e)
{
	struct err why = { "" };
	int ret;

	ret = record_append(f->records_fd, line, &why);
	if (ret) {
		free(line);
		return err_set(e, ret, "%s: %s", f->records_path, why.text);
	}
	f->lines[index] = line;
	f->status[index] = status;
	f->done++;
	return 0;
}

int folder_sort(struct folder *f, struct err *e)
{
	return write_lines(f, e);
}

size_t folder_count(const struct folder *f, enum trial_status status)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < f->n; i++)
		n += f->lines[i] && f->status[i] == status;
	return n;
}
