// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/util/cachedir.h"
#include "harness/record/inputs.h"
#include "harness/util/file.h"

/* Names of the files that this process took, so that messages show the name and not the hash. */
static struct named {
	struct named *next;
	char hash[SHA256_HEX];
	char path[];
} * names;

static void remember(const char *hash, const char *path)
{
	struct named *n = strcmp(inputs_name(hash), hash) ? NULL : malloc(sizeof(*n) + strlen(path) + 1);

	if (!n)
		return;
	strcpy(n->hash, hash);
	strcpy(n->path, path);
	n->next = names;
	names = n;
}

const char *inputs_name(const char *hash)
{
	const struct named *n;

	for (n = names; n; n = n->next)
		if (!strcmp(n->hash, hash))
			return n->path;
	return hash;
}

bool inputs_is_hash(const char *text)
{
	return strlen(text) == SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == SHA256_HEX - 1;
}

static int place(const char *hash, char path[PATH_MAX], struct err *e)
{
	char cache[PATH_MAX];
	int r = cache_path(cache, sizeof(cache), e);

	if (!r && snprintf(path, PATH_MAX, "%s/inputs/%s", cache, hash) >= PATH_MAX)
		r = err_set(e, -ENAMETOOLONG, "the cache has too long a path");
	return r;
}

static int read_bytes(const char *path, char **bytes, size_t *length, struct err *e)
{
	*bytes = file_slurp(path, length);
	if (!*bytes)
		return err_sys(e, "%s", path);
	if (*length <= INPUTS_BYTES_MAX)
		return 0;
	free(*bytes);
	return err_set(e, -EFBIG, "%s: %zu bytes; at most %d can be sent", path, *length, INPUTS_BYTES_MAX);
}

int inputs_path(const char *hash, char path[PATH_MAX], struct err *e)
{
	char hex[SHA256_HEX], *bytes;
	size_t length;
	int r = inputs_is_hash(hash) ? place(hash, path, e) : err_set(e, -EINVAL, "'%s' is no SHA-256 of a file", hash);

	if (r)
		return r;
	if (access(path, R_OK))
		return err_set(e, -ENOENT, "the file of SHA-256 %s is not in the cache: name the file itself once",
			       hash);
	r = read_bytes(path, &bytes, &length, e);
	if (r)
		return r;
	sha256_hex(bytes, length, hex);
	free(bytes);
	return strcmp(hex, hash) ? err_set(e, -EUCLEAN, "%s: its bytes have changed; remove it", path) : 0;
}

int inputs_keep(const void *bytes, size_t length, char hash[SHA256_HEX], struct err *e)
{
	char path[PATH_MAX], folder[PATH_MAX];
	int r;

	sha256_hex(bytes, length, hash);
	r = place(hash, path, e);
	if (r || !access(path, R_OK))
		return r;
	strcpy(folder, path);
	*strrchr(folder, '/') = '\0';
	r = file_mkdirs(folder, e);
	return r ? r : file_replace(path, bytes, length, e);
}

int inputs_take(const char *path, const char *name, char hash[SHA256_HEX], struct err *e)
{
	size_t length;
	char *bytes;
	int r = read_bytes(path, &bytes, &length, e);

	if (r)
		return r;
	r = inputs_keep(bytes, length, hash, e);
	free(bytes);
	if (!r)
		remember(hash, name);
	return r;
}
