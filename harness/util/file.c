// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/util/file.h"

/* How many bytes came, at most size; -errno. */
static ssize_t read_upto(int fd, char *to, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (used < size && n > 0) {
		n = read(fd, to + used, size - used);
		if (n > 0)
			used += n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	return n < 0 ? -errno : (ssize_t)used;
}

static int read_fd(int fd, const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	struct stat st;
	char *buffer;
	ssize_t n;
	int ret = 0;

	/* What a file says of its length is room enough, but for those of the kernel, which say 0. */
	if (!fstat(fd, &st) && st.st_size > 0 && (size_t)st.st_size < max)
		max = (size_t)st.st_size;
	buffer = malloc(max + 2);
	if (!buffer)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	n = read_upto(fd, buffer, max + 1);
	if (n < 0)
		ret = err_set(e, (int)n, "%s: %s", path, strerror((int)-n));
	else if ((size_t)n > max)
		ret = err_set(e, -EFBIG, "%s: larger than %zu bytes", path, max);
	else if (memchr(buffer, 0, n))
		ret = err_set(e, -EINVAL, "%s: not a text file (a zero byte is inside)", path);
	if (ret) {
		free(buffer);
		return ret;
	}
	buffer[n] = 0;
	*text = buffer;
	if (length)
		*length = n;
	return 0;
}

int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return err_sys(e, "%s", path);
	ret = read_fd(fd, path, max, text, length, e);
	close(fd);
	return ret;
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		length -= n;
	}
	return fsync(fd);
}

/* The rename lasts only when its folder is on disk too. */
static int sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	int ret = -1;
	int fd;

	if (!copy)
		return -1;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd >= 0) {
		ret = fsync(fd);
		close(fd);
	}
	return ret;
}

static int replace_by(const char *temporary, const char *path, const char *text, size_t length)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int saved;

	if (fd < 0)
		return -1;
	if (write_all(fd, text, length) == 0 && rename(temporary, path) == 0) {
		close(fd);
		return sync_folder_of(path);
	}
	saved = errno;
	close(fd);
	unlink(temporary);
	errno = saved;
	return -1;
}

int file_replace(const char *path, const char *text, size_t length, struct err *e)
{
	char *temporary;
	int ret = 0;

	if (asprintf(&temporary, "%s.tmp", path) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	if (replace_by(temporary, path, text, length))
		ret = err_sys(e, "cannot write %s", path);
	free(temporary);
	return ret;
}

static int mkdirs(char *path)
{
	char *p;

	for (p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

int file_mkdirs(const char *path, struct err *e)
{
	char *copy = strdup(path);
	struct stat st;
	int ret = 0;

	if (!copy || !*copy) {
		free(copy);
		return err_set(e, -EINVAL, "'%s': no folder name", path);
	}
	if (mkdirs(copy))
		ret = err_sys(e, "cannot make folder %s", path);
	else if (stat(path, &st) || !S_ISDIR(st.st_mode))
		ret = err_set(e, -ENOTDIR, "%s: not a folder", path);
	free(copy);
	return ret;
}

char *file_join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}
