// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/dut/journal.h"
#include "harness/util/file.h"

#define FOLDER "/run/rxlab"
#define PREFIX "undo-"
#define BYTES_MAX 65536
#define BUSY_TRIES 100 /* until the kernel has cleaned up after the process, the module is in use */
#define BUSY_US 20000

static int file_restore(const char *target, const char *value, struct err *e)
{
	int r = file_put(target, value);

	return r ? err_set(e, r, "%s: cannot write %s: %s", target, value, strerror(-r)) : 0;
}

static int module_unload(const char *target, const char *value, struct err *e)
{
	int tries = 0, r;

	(void)value;
	do {
		r = syscall(SYS_delete_module, target, O_NONBLOCK) ? -errno : 0;
	} while (r == -EAGAIN && tries++ < BUSY_TRIES && !usleep(BUSY_US));
	return !r || r == -ENOENT ? 0 : err_set(e, r, "module %s: cannot be unloaded: %s", target, strerror(-r));
}

static const struct {
	const char *name;
	int (*undo)(const char *target, const char *value, struct err *e);
} kinds[JOURNAL_KINDS] = {
	[JOURNAL_FILE] = { "file", file_restore },
	[JOURNAL_MODULE] = { "module", module_unload },
};

int journal_undo(enum journal_kind kind, const char *target, const char *value, struct err *e)
{
	return kinds[kind].undo(target, value, e);
}

const char *journal_folder(void)
{
	const char *folder = getenv("RXLAB_JOURNAL");

	return folder && *folder ? folder : FOLDER;
}

static int journal_open(struct journal *j, struct err *e)
{
	const char *folder = journal_folder();
	struct stat st;

	if (mkdir(folder, 0700) && errno != EEXIST)
		return err_sys(e, "cannot make %s for the journal of what is altered", folder);
	do {
		journal_close(j, true);
		if ((size_t)snprintf(j->path, sizeof(j->path), "%s/" PREFIX "XXXXXX", folder) >= sizeof(j->path))
			return err_set(e, -ENAMETOOLONG, "%s: its path is too long", folder);
		j->fd = mkostemp(j->path, O_CLOEXEC | O_APPEND);
		if (j->fd < 0 || flock(j->fd, LOCK_EX) || fstat(j->fd, &st)) {
			err_sys(e, "cannot write a journal in %s", folder);
			journal_close(j, true);
			return -EIO;
		}
	} while (!st.st_nlink); /* before it was locked, somebody removed it as an ended process's journal */
	return 0;
}

int journal_add(struct journal *j, enum journal_kind kind, const char *target, const char *value, struct err *e)
{
	char line[512];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s\t%s\t%s\n", kinds[kind].name, target, value);
	int r = 0;

	if (n >= sizeof(line) || strpbrk(target, "\t\n") || strpbrk(value, "\t\n"))
		return err_set(e, -EINVAL, "%s: cannot be noted in a journal", target);
	if (!j->fd)
		r = journal_open(j, e);
	if (!r && (write(j->fd, line, n) != (ssize_t)n || fsync(j->fd)))
		r = err_sys(e, "%s", j->path);
	return r;
}

void journal_drop(struct journal *j)
{
	char *text = file_slurp(j->path, NULL), *last;

	if (!text || !*text) {
		free(text);
		return;
	}
	text[strlen(text) - 1] = '\0';
	last = strrchr(text, '\n');
	if (ftruncate(j->fd, last ? last + 1 - text : 0)) {
		/* On failure a change that did not happen is undone later, which does no harm. */
	}
	free(text);
}

void journal_close(struct journal *j, bool undone)
{
	if (j->fd > 0) {
		if (undone)
			unlink(j->path);
		close(j->fd);
	}
	j->fd = 0;
}

/* Undoes "KIND\tTARGET\tVALUE"; the text is modified. */
static int line_undo(char *line, void (*told)(const char *line), struct err *e)
{
	char *target = strchr(line, '\t'), *value = target ? strchr(target + 1, '\t') : NULL, text[512];
	size_t k = 0;
	int r;

	if (!value)
		return err_set(e, -EINVAL, "'%s' is no line of a journal", line);
	*target++ = '\0';
	*value++ = '\0';
	while (k < JOURNAL_KINDS && strcmp(kinds[k].name, line))
		k++;
	if (k == JOURNAL_KINDS)
		return err_set(e, -EINVAL, "'%s' is no kind of change", line);
	r = journal_undo(k, target, value, e);
	if (r || !told)
		return r;
	snprintf(text, sizeof(text), k == JOURNAL_MODULE ? "module %s: unloaded" : "%s: %s again", target, value);
	told(text);
	return 0;
}

/* Undoes the last line first. After a line without a newline the change was never made. */
static int text_undo(const char *path, char *text, void (*told)(const char *line), struct err *e)
{
	int first = 0, n = 0, r;
	char *end, *line;

	while ((end = strrchr(text, '\n'))) {
		struct err why = { "" };

		end[0] = '\0';
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
		r = line_undo(line, told, &why);
		if (r)
			err_set(e, r, "%s: %s", path, why.text);
		first = first ? first : r;
		n += !r;
		*line = '\0';
	}
	return first ? first : n;
}

static int restore_one(const char *path, void (*told)(const char *line), struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r;
	char *text = NULL;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s", path);
	/* Locked: its process still runs, or somebody else is undoing it. */
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return 0;
	}
	r = file_read(path, BYTES_MAX, &text, NULL, e);
	r = r == -ENOENT ? 0 : r;
	if (!r && text)
		r = text_undo(path, text, told, e);
	if (r >= 0)
		unlink(path);
	free(text);
	close(fd);
	return r;
}

int journal_restore(void (*told)(const char *line), struct err *e)
{
	const char *folder = journal_folder();
	DIR *d = opendir(folder);
	int n = 0, first = 0;
	struct dirent *de;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(e, "%s", folder);
	while ((de = readdir(d))) {
		char *path;
		int r = 0;

		if (strncmp(de->d_name, PREFIX, strlen(PREFIX)))
			continue;
		path = file_join(folder, de->d_name);
		r = path ? restore_one(path, told, e) : err_set(e, -ENOMEM, "out of memory");
		free(path);
		first = first || r >= 0 ? first : r;
		n += r > 0 ? r : 0;
	}
	closedir(d);
	return first ? first : n;
}
