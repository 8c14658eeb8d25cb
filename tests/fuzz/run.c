// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fuzz target without libFuzzer, for any compiler: calls it with each file that is named, or with all of a folder that
 * is. With MUTATIONS in the environment, also with so many damaged copies of each, the same ones in every run.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/util/random.h"
#include "tests/fuzz/fuzz.h"

#define DAMAGES 4 /* at most, to one copy */

static unsigned long mutations, inputs;

static void call(const char *bytes, size_t size)
{
	uint8_t *copy = fuzz_bytes((struct fuzz_part) { (const uint8_t *)bytes, size });

	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

/* Alters a byte, cuts bytes off or out, or doubles a piece; returns the new size, at most twice the old one. */
static size_t damage(struct random *r, char *bytes, size_t size)
{
	size_t at = random_next(r) % size, n = 1 + random_next(r) % (size - at);

	switch (random_next(r) % 4) {
	case 0:
		bytes[at] = (char)random_next(r);
		return size;
	case 1:
		bytes[at] = (char)(bytes[at] ^ 1 << random_next(r) % 8);
		return size;
	case 2:
		memmove(bytes + at, bytes + at + n, size - at - n);
		return size - n;
	}
	memmove(bytes + at + n, bytes + at, size - at);
	return size + n;
}

static void call_damaged(const char *bytes, size_t size, uint64_t seed)
{
	char *copy = malloc((size << DAMAGES) + 1);
	struct random r;
	size_t now = size;
	uint64_t i;

	FUZZ_EXPECT(copy);
	memcpy(copy, bytes, size);
	random_init(&r, 1, seed);
	for (i = 1 + random_next(&r) % DAMAGES; i && now; i--)
		now = damage(&r, copy, now);
	call(copy, now);
	free(copy);
}

/* Not by harness/util/file.h: targets replace functions of it. malloc'd. */
static char *bytes_of(const char *path, size_t *size)
{
	FILE *in = fopen(path, "re");
	struct stat st;
	char *bytes;

	if (!in || fstat(fileno(in), &st)) {
		perror(path);
		exit(1);
	}
	bytes = malloc((size_t)st.st_size + 1);
	FUZZ_EXPECT(bytes);
	*size = fread(bytes, 1, (size_t)st.st_size, in);
	fclose(in);
	return bytes;
}

static void run_file(const char *path)
{
	unsigned long i;
	size_t size;
	char *bytes = bytes_of(path, &size);

	call(bytes, size);
	for (i = 0; i < mutations; i++)
		call_damaged(bytes, size, i);
	free(bytes);
}

static int is_input(const struct dirent *de)
{
	return de->d_name[0] != '.';
}

static void run(const char *path)
{
	struct dirent **list;
	int i, n = scandir(path, &list, is_input, alphasort);

	if (n < 0)
		run_file(path);
	for (i = 0; i < n; i++) {
		char name[PATH_MAX];

		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		run_file(name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int main(int argc, char **argv)
{
	const char *text = getenv("MUTATIONS");
	char path[PATH_MAX];
	int i;

	mutations = text ? strtoul(text, NULL, 10) : 0;
	for (i = 1; i < argc; i++) /* targets may change the working directory */
		if (!realpath(argv[i], path) || !(argv[i] = strdup(path))) {
			perror(argv[i]);
			return 1;
		}
	for (i = 1; i < argc; i++) {
		run(argv[i]);
		free(argv[i]);
	}
	printf("%lu inputs\n", inputs);
	return !inputs;
}
