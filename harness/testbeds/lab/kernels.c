// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "harness/record/settings.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define LIST_MAX (16 << 20)
#define UNPACKED (60ULL << 20) /* a kernel on the disk */
#define COMPILER_ROOM (300ULL << 20)

void lab_kernel_folder(const struct lab *l, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/kernels/%s", l->cache, name);
}

const char *lab_kernel_of(const struct trial *t)
{
	const char *name = t ? trial_get(t, KERNEL_KEY) : NULL;

	return name && strcmp(name, KERNEL_OWN) ? name : NULL;
}

static int run_verb(const struct lab *l, const char *verb, const char *a, const char *b, struct err *e)
{
	char script[PATH_MAX], said[LAB_SAID];
	const char *const argv[] = { "sh", script, verb, l->cache, a, b, NULL };
	int r;

	snprintf(script, sizeof(script), "%s/harness/testbeds/lab/kernels.sh", l->root);
	r = spawn_said(argv, said, sizeof(said), e);
	return r > 0 ? err_set(e, -EIO, "kernels.sh %s failed: %s", verb, lab_said(said, r)) : r;
}

static int ask_mirror(const struct lab *l, struct err *e)
{
	int lock, r = file_mkdirs(l->cache, e);

	if (r)
		return r;
	lock = lab_lock(l->cache, e);
	if (lock < 0)
		return lock;
	r = run_verb(l, "list", NULL, NULL, e);
	close(lock);
	return r;
}

static int read_list(const struct lab *l, struct kernel_list *list, struct err *e)
{
	char path[PATH_MAX], *text;
	int r;

	snprintf(path, sizeof(path), "%s/kernels/list", l->cache);
	r = file_read(path, LIST_MAX, &text, NULL, e);
	return r ? r : kernel_list_parse(list, text, e);
}

void lab_kernel_own(const struct lab *l, char name[KERNEL_NAME])
{
	char path[PATH_MAX], *text = NULL, *line, *version, *save = NULL;
	struct kernel k;

	name[0] = '\0';
	snprintf(path, sizeof(path), "%s/versions", l->packages);
	if (file_read(path, LIST_MAX, &text, NULL, NULL))
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		version = strchr(line, ' ');
		if (version)
			*version++ = '\0';
		if (version && !kernel_name(line, version, &k))
			snprintf(name, KERNEL_NAME, "%s", k.name);
	}
	free(text);
}

bool lab_kernel_here(const struct lab *l, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/kernels/%.100s/versions", l->cache, name);
	return name[0] && !strchr(name, '/') && !access(path, R_OK) && strncmp(name, "gcc-", 4);
}

int lab_kernels_ask(struct lab *l, struct kernel_list *list, struct err *e)
{
	int r = lab_paths(l, e);

	r = r ? r : ask_mirror(l, e);
	r = r ? r : read_list(l, list, e);
	if (!r)
		lab_kernel_own(l, l->kernel);
	return r;
}

/* Once in the kept list; if it is not there, or there is none, once more in a new one. */
static int find(const struct lab *l, const char *asked, struct kernel_list *list, const struct kernel **k,
		struct err *e)
{
	struct err why = { "" };
	int r = read_list(l, list, &why);

	r = r ? r : kernel_list_find(list, asked, k, &why);
	if (!r)
		return 0;
	if (r == -ENOTUNIQ)
		return err_set(e, r, "%s", why.text);
	kernel_list_free(list);
	r = ask_mirror(l, e);
	r = r ? r : read_list(l, list, e);
	return r ? r : kernel_list_find(list, asked, k, e);
}

static bool is_name(const char *asked)
{
	return *asked && strlen(asked) < KERNEL_NAME &&
	       strspn(asked, "abcdefghijklmnopqrstuvwxyz0123456789.+-") == strlen(asked);
}

int lab_kernel_resolve(const char *asked, char name[KERNEL_NAME], struct err *e)
{
	struct kernel_list list = { 0 };
	const struct kernel *k;
	char own[KERNEL_NAME];
	struct lab l;
	int r = lab_paths(&l, e);

	if (r)
		return r;
	if (!is_name(asked))
		return err_set(e, -EINVAL,
			       "kernel '%s': neither a series as 7.3, 7.3-rt, nor a version, nor " KERNEL_OWN, asked);
	lab_kernel_own(&l, own);
	if (!strcmp(asked, KERNEL_OWN) || !strcmp(asked, own)) {
		strcpy(name, KERNEL_OWN);
		return 0;
	}
	if (!own[0])
		return err_set(e, -ENOENT, "kernel %s: the lab is not built: run './rxlab lab build'", asked);
	if (lab_kernel_here(&l, asked)) {
		strcpy(name, asked);
		return 0;
	}
	r = find(&l, asked, &list, &k, e);
	if (!r)
		snprintf(name, KERNEL_NAME, "%s", strcmp(k->name, own) ? k->name : KERNEL_OWN);
	kernel_list_free(&list);
	return r;
}

static int check_room(const struct lab *l, const char *name, uint64_t bytes, struct err *e)
{
	struct statvfs v;

	if (statvfs(l->cache, &v))
		return err_sys(e, "%s", l->cache);
	if ((uint64_t)v.f_bavail * v.f_frsize < bytes)
		return err_set(e, -ENOSPC,
			       "kernel %s: fetching it needs %" PRIu64 " MB in %s, of which most are given back", name,
			       bytes >> 20, l->cache);
	return 0;
}

static void write_parts(FILE *f, const char *kind, const struct kernel_package *const *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, "%s %s %" PRIu64 " %s %s %s\n", kind, parts[i]->uri, parts[i]->bytes, parts[i]->sha256,
			parts[i]->name, parts[i]->version);
}

static int fetch_parts(const struct lab *l, const char *name, const struct kernel_parts *p, struct err *e)
{
	char path[PATH_MAX];
	FILE *f;
	int r;

	snprintf(path, sizeof(path), "%s/kernels/%s.new.parts", l->cache, name);
	f = fopen(path, "we");
	if (!f)
		return err_sys(e, "%s", path);
	write_parts(f, "run", p->run, p->n_run);
	write_parts(f, "headers", p->headers, p->n_headers);
	if (fclose(f))
		return err_sys(e, "%s", path);
	r = run_verb(l, "fetch", name, path, e);
	unlink(path);
	return r;
}

/* Debian's release of a suite: bookworm of bookworm-security. */
static void release_of(const char *suite, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int)strcspn(suite, "-"), suite);
}

/* Which compiler the headers want, and of which release of Debian; beside the kernel, for the builds to come. */
static int note_compiler(const struct lab *l, const struct kernel *k, const char *compiler, struct err *e)
{
	char path[PATH_MAX], release[32], text[64];
	int n;

	release_of(k->image->suite, release, sizeof(release));
	n = snprintf(text, sizeof(text), "%s %s\n", compiler, release);
	snprintf(path, sizeof(path), "%s/kernels/%s/compiler", l->cache, k->name);
	return file_replace(path, text, n, e);
}

/* One that cannot be had is no error: then the modules cannot be built, and the image says so. */
static void fetch_compiler(const struct lab *l, const char *name)
{
	char path[PATH_MAX], compiler[24], release[32], tool[64], text[64];
	struct err why = { "" };

	snprintf(path, sizeof(path), "%s/kernels/%s/compiler", l->cache, name);
	if (file_get(path, text, sizeof(text)) <= 0 || sscanf(text, "%23s %31s", compiler, release) != 2)
		return;
	snprintf(tool, sizeof(tool), "x86_64-linux-gnu-%s", compiler);
	snprintf(path, sizeof(path), "%s/kernels/%s/versions", l->cache, compiler);
	if (!access(path, R_OK) || !spawn_find(tool, NULL))
		return;
	if (check_room(l, compiler, COMPILER_ROOM, &why) || run_verb(l, "compiler", compiler, release, &why))
		fprintf(stderr, "rxlab: kernel %s: without a compiler for its modules: %s\n", name, why.text);
}

int lab_kernel_fetch(const struct lab *l, const char *name, struct err *e)
{
	struct kernel_list list = { 0 };
	struct kernel_parts parts;
	const struct kernel *k;
	int r;

	if (lab_kernel_here(l, name)) {
		fetch_compiler(l, name);
		return 0;
	}
	r = read_list(l, &list, e);
	r = r ? r : kernel_list_find(&list, name, &k, e);
	r = r ? r : kernel_list_parts(&list, k, &parts, e);
	r = r ? r : check_room(l, name, 3 * parts.bytes + UNPACKED, e);
	r = r ? r : fetch_parts(l, name, &parts, e);
	if (!r && parts.n_headers && parts.compiler[0])
		r = note_compiler(l, k, parts.compiler, e);
	if (!r)
		fetch_compiler(l, name);
	kernel_list_free(&list);
	return r;
}
