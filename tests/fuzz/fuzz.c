// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define CUT "====\n"

static char folder[PATH_MAX / 2];
static pid_t owner; /* a process of the target's own must not remove it */

void fuzz_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void fuzz_answer(int ret, const struct err *e)
{
	FUZZ_EXPECT(ret >= 0 || e->text[0]);
}

/* In memory: a file on a disk would be most of the time. */
const char *fuzz_file(int slot, struct fuzz_part bytes)
{
	static struct {
		int fd;
		char path[32];
	} files[FUZZ_FILES];

	if (!files[slot].fd) {
		files[slot].fd = memfd_create("fuzz", MFD_CLOEXEC);
		FUZZ_EXPECT(files[slot].fd > 0);
		snprintf(files[slot].path, sizeof(files[slot].path), "/proc/self/fd/%d", files[slot].fd);
	}
	FUZZ_EXPECT(!ftruncate(files[slot].fd, 0));
	FUZZ_EXPECT(pwrite(files[slot].fd, bytes.data, bytes.size, 0) == (ssize_t)bytes.size);
	return files[slot].path;
}

static void folder_remove(void)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *d;

	if (getpid() != owner || !(d = opendir(folder)))
		return;
	while ((de = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if (de->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
	rmdir(folder);
}

static void folder_make(void)
{
	const char *tmp = getenv("TMPDIR");

	if (owner)
		return;
	snprintf(folder, sizeof(folder), "%s/rxlab-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	FUZZ_EXPECT(mkdtemp(folder));
	owner = getpid();
	atexit(folder_remove);
}

const char *fuzz_folder(const char *name, struct fuzz_part bytes)
{
	const char *content = fuzz_file(0, bytes);
	char path[PATH_MAX], there[PATH_MAX];

	folder_make();
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (readlink(path, there, sizeof(there)) > 0) /* not replaced by what was tried last */
		return folder;
	unlink(path);
	FUZZ_EXPECT(!symlink(content, path));
	return folder;
}

void fuzz_nowhere(void)
{
	if (owner)
		return;
	folder_make();
	FUZZ_EXPECT(!setenv("RXLAB_CACHE", folder, 1) && !chdir(folder));
}

struct fuzz_part fuzz_cut(struct fuzz_part *rest)
{
	const uint8_t *at = memmem(rest->data, rest->size, CUT, strlen(CUT));
	struct fuzz_part part = { rest->data, at ? (size_t)(at - rest->data) : rest->size };
	size_t used = at ? part.size + strlen(CUT) : part.size;

	*rest = (struct fuzz_part) { rest->data + used, rest->size - used };
	return part;
}

char *fuzz_text(struct fuzz_part part)
{
	char *text = malloc(part.size + 1);

	FUZZ_EXPECT(text);
	memcpy(text, part.data, part.size);
	text[part.size] = '\0';
	return text;
}

uint8_t *fuzz_bytes(struct fuzz_part part)
{
	uint8_t *bytes = malloc(part.size ? part.size : 1);

	FUZZ_EXPECT(bytes);
	memcpy(bytes, part.data, part.size);
	return bytes;
}
