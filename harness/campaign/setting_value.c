// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/inputs.h"
#include "harness/record/settings.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/util/spawn.h"

static int take(const char *key, const char *path, const char *name, char hash[SHA256_HEX], struct err *e)
{
	struct err why = { "" };
	size_t n = strlen(path);
	int r = generator_file_check(key, path, &why);

	r = r ? r : inputs_take(path, name, hash, &why);
	if (r && !strncmp(why.text, path, n))
		return err_set(e, r, "%s: %s%s", key, name, why.text + n);
	return r ? err_set(e, r, "%s: %s", key, why.text) : 0;
}

static bool is_gzip(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* so that a pipe without a writer is opened at once */
	uint8_t magic[2] = { 0 };
	bool is = fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) && magic[0] == 0x1f && magic[1] == 0x8b;

	if (fd >= 0)
		close(fd);
	return is;
}

/* gzip is ended where it writes more than a trial's file may hold. */
static int unpack(const char *path, const char *to, struct err *e)
{
	const char *const argv[] = { "gzip", "-dcq", path, NULL };
	struct rlimit was, limit;
	int r;

	getrlimit(RLIMIT_FSIZE, &was);
	limit = was;
	if (limit.rlim_cur > INPUTS_BYTES_MAX)
		limit.rlim_cur = INPUTS_BYTES_MAX;
	setrlimit(RLIMIT_FSIZE, &limit);
	r = spawn_into(argv, to, e);
	setrlimit(RLIMIT_FSIZE, &was);
	if (r == 128 + SIGXFSZ || r == 1)
		return err_set(e, -EFBIG, "%s: unpacked, more than %d bytes, or damaged; no more can be sent", path,
			       INPUTS_BYTES_MAX);
	return r > 0 ? err_set(e, -EINVAL, "%s: gzip ended with status %d", path, r) : r;
}

/* The trial's file is what is in it: packed or not, it is the same trial. */
static int take_packed(const char *key, const char *path, char hash[SHA256_HEX], struct err *e)
{
	char plain[] = "/tmp/rxlab-input-XXXXXX";
	struct err why = { "" };
	int fd = mkstemp(plain), r;

	if (fd < 0)
		return err_sys(e, "%s: %s", key, plain);
	close(fd);
	r = unpack(path, plain, &why);
	r = r ? err_set(e, r, "%s: %s", key, why.text) : take(key, plain, path, hash, e);
	unlink(plain);
	return r;
}

_Static_assert(KERNEL_NAME <= SHA256_HEX, "a kernel's name has room");

/*
 * What is not there is said by whoever opens it. A device has no end, a pipe can be read only once, and a file that is too
 * large is not read at all; of a packed one only what is in it counts.
 */
static int check_file(const char *key, const char *path, bool packed, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: %s: not a regular file", key, path);
	if (!packed && st.st_size > INPUTS_BYTES_MAX)
		return err_set(e, -EFBIG, "%s: %s: %lld bytes; at most %d can be sent", key, path,
			       (long long)st.st_size, INPUTS_BYTES_MAX);
	return 0;
}

int setting_value(const char *key, const char *text, const char *folder, char value[SHA256_HEX], const char **result,
		  struct err *e)
{
	char path[PATH_MAX];
	bool packed;
	int r;

	*result = text;
	if (!strcmp(key, KERNEL_KEY)) {
		*result = value;
		return lab_kernel_resolve(text, value, e);
	}
	if (!generator_file_key(key) || (inputs_is_hash(text) && access(text, R_OK)))
		return 0;
	*result = value;
	if (folder && text[0] != '/')
		snprintf(path, sizeof(path), "%s/%s", folder, text);
	else
		snprintf(path, sizeof(path), "%s", text);
	packed = is_gzip(path);
	r = check_file(key, path, packed, e);
	if (r)
		return r;
	return packed ? take_packed(key, path, value, e) : take(key, path, path, value, e);
}
