// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/util/textfile.h"

static int read_all(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = read(fd, text + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += n;
	}
	return have;
}

int textfile_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int n;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	n = read_all(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

int textfile_read_line(const char *path, char *text, size_t size)
{
	int n = textfile_read(path, text, size);

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
	return n;
}

int textfile_write(const char *path, const char *text)
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

char *textfile_slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 65536, have = 0;
	char *text, *more;
	int n;

	if (fd < 0)
		return NULL;
	text = malloc(size);
	while (text) {
		n = read_all(fd, text + have, size - have - 1);
		if (n < 0) {
			errno = -n;
			free(text);
			text = NULL;
			break;
		}
		have += n;
		if (have < size - 1)
			break;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	close(fd);
	if (!text)
		return NULL;
	text[have] = '\0';
	if (len)
		*len = have;
	return text;
}

int parse_u64(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	return *end ? -EINVAL : 0;
}
