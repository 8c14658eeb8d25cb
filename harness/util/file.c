// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/util/file.h"

#define READ_GUESS 65536
#define SLURP_MAX (SIZE_MAX / 4) /* more than any memory */

/* Reads at most size bytes; returns how many, or -errno. */
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

/*
 * Reads to the end of the file, or max + 1 bytes, so that the caller can see
 * that it is too long. The size that a file has now is only a first
 * guess: the kernel's files report 0, and others grow while they are read.
 */
static int read_whole(int fd, size_t max, char **text, size_t *length)
{
	size_t size = READ_GUESS, used = 0;
	char *buffer = NULL, *more;
	struct stat st;
	ssize_t n;

	if (!fstat(fd, &st) && st.st_size > 0)
		size = (size_t)st.st_size;
	for (;;) {
		size = size < max ? size : max;
		more = realloc(buffer, size + 2); /* room for one byte too many, and for the final 0 */
		buffer = more ? more : buffer;
		n = more ? read_upto(fd, buffer + used, size + 1 - used) : -ENOMEM;
		if (n < 0) {
			free(buffer);
			return (int)n;
		}
		used += (size_t)n;
		if (used <= size || size == max)
			break;
		size *= 2;
	}
	buffer[used] = 0;
	*text = buffer;
	*length = used;
	return 0;
}

static int text_check(const char *path, const char *text, size_t length, size_t max, struct err *e)
{
	if (length > max)
		return err_set(e, -EFBIG, "%s: larger than %zu bytes", path, max);
	if (memchr(text, 0, length))
		return err_set(e, -EINVAL, "%s: not a text file (a zero byte is inside)", path);
	return 0;
}

int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n;
	int ret;

	if (fd < 0)
		return err_sys(e, "%s", path);
	ret = read_whole(fd, max, text, &n);
	close(fd);
	if (ret)
		return err_set(e, ret, "%s: %s", path, strerror(-ret));
	ret = text_check(path, *text, n, max, e);
	if (ret) {
		free(*text);
		*text = NULL;
	} else if (length) {
		*length = n;
	}
	return ret;
}

char *file_slurp(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t n;
	int ret;

	if (fd < 0)
		return NULL;
	ret = read_whole(fd, SLURP_MAX, &text, &n);
	close(fd);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	if (length)
		*length = n;
	return text;
}

int file_get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	n = read_upto(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (int)n;
}

int file_get_line(const char *path, char *text, size_t size)
{
	int n = file_get(path, text, size);

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
	return n;
}

int file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	r = n < 0 ? -errno : 0;
	close(fd);
	return r;
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

/* A rename is durable only after its folder is synced too. */
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

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
