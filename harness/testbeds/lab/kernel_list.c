// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/kernel_list.h"
#include "harness/util/number.h"

#define IMAGE "linux-image-"
#define ARCH "-amd64"
#define RT "-rt"
#define WORDS 7

static bool ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static bool cut_end(char *text, const char *end)
{
	bool has = ends(text, end);

	if (has)
		text[strlen(text) - strlen(end)] = '\0';
	return has;
}

/* What Debian calls this build of an upstream version: "deb13" of 7.3.4+deb13, "56" of 6.1.0-56. */
static const char *build_of(const char *release)
{
	const char *at = strpbrk(release, "+-");

	return at ? at + 1 : NULL;
}

/* Three numbers: a package that is no kernel but names the newest one has two, or none. */
static bool is_release(const char *release)
{
	unsigned int a, b, c;

	return sscanf(release, "%u.%u.%u", &a, &b, &c) == 3 && build_of(release);
}

int kernel_name(const char *package, const char *version, struct kernel *k)
{
	const char *revision = strrchr(version, '-');
	int n;

	memset(k, 0, sizeof(*k));
	if (strncmp(package, IMAGE, strlen(IMAGE)) || !ends(package, ARCH) || !revision)
		return -EINVAL;
	n = snprintf(k->release, sizeof(k->release), "%s", package + strlen(IMAGE));
	if (n >= (int)sizeof(k->release))
		return -EINVAL;
	cut_end(k->release, ARCH);
	k->rt = cut_end(k->release, RT);
	if (!is_release(k->release))
		return -EINVAL;
	n = snprintf(k->name, sizeof(k->name), "%.*s-%s%s", (int)(revision - version), version, build_of(k->release),
		     k->rt ? RT : "");
	return n < (int)sizeof(k->name) ? 0 : -EINVAL;
}

int kernel_compare(const char *a, const char *b)
{
	return strverscmp(a, b);
}

bool kernel_in_series(const char *name, const char *series)
{
	bool rt = ends(series, RT);
	size_t n = strlen(series) - (rt ? strlen(RT) : 0);

	return strchr(series, '.') && ends(name, RT) == rt && !strncmp(name, series, n) && name[n] == '.';
}

static int parse_line(struct kernel_list *l, char *line, size_t number, struct err *e)
{
	struct kernel_package *p = &l->packages[l->n_packages];
	char *words[WORDS], *save = NULL;
	int n = 0;

	if (line[0] == '#')
		return 0;
	for (words[n] = strtok_r(line, " ", &save); words[n] && n < WORDS - 1; words[n] = strtok_r(NULL, " ", &save))
		n++;
	if (n < WORDS - 1 || !words[n] || strtok_r(NULL, " ", &save) || number_parse(words[4], &p->bytes))
		return err_set(e, -EINVAL, "the list of kernels, line %zu: not a package", number);
	p->name = words[0];
	p->version = words[1];
	p->suite = words[2];
	p->uri = words[3];
	p->sha256 = words[5];
	p->depends = words[6];
	l->n_packages++;
	return 0;
}

static int parse_lines(struct kernel_list *l, struct err *e)
{
	char *line, *save = NULL;
	size_t lines = 1, number = 0;
	int r = 0;

	for (line = l->text; *line; line++)
		lines += *line == '\n';
	l->packages = calloc(lines, sizeof(*l->packages));
	l->kernels = calloc(lines, sizeof(*l->kernels));
	if (!l->packages || !l->kernels)
		return err_set(e, -ENOMEM, "out of memory");
	for (line = strtok_r(l->text, "\n", &save); line && !r; line = strtok_r(NULL, "\n", &save))
		r = parse_line(l, line, ++number, e);
	return r;
}

static int by_age(const void *a, const void *b)
{
	const struct kernel *x = a, *y = b;

	if (x->rt != y->rt)
		return x->rt - y->rt;
	return kernel_compare(x->name, y->name);
}

/* Of a package that stands in several suites, or in several revisions of one name, the newest. */
static void keep_newest(struct kernel_list *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (!n || strcmp(l->kernels[n - 1].name, l->kernels[i].name))
			l->kernels[n++] = l->kernels[i];
		else if (strverscmp(l->kernels[i].image->version, l->kernels[n - 1].image->version) > 0)
			l->kernels[n - 1] = l->kernels[i];
	}
	l->n = n;
}

int kernel_list_parse(struct kernel_list *l, char *text, struct err *e)
{
	struct kernel_parts parts;
	size_t i;
	int r;

	*l = (struct kernel_list) { .text = text };
	r = parse_lines(l, e);
	for (i = 0; !r && i < l->n_packages; i++)
		if (!kernel_name(l->packages[i].name, l->packages[i].version, &l->kernels[l->n]))
			l->kernels[l->n++].image = &l->packages[i];
	if (!r && !l->n)
		r = err_set(e, -ENODATA, "the mirror offers no kernel");
	if (r) {
		kernel_list_free(l);
		return r;
	}
	qsort(l->kernels, l->n, sizeof(*l->kernels), by_age);
	keep_newest(l);
	for (i = 0; i < l->n; i++)
		l->kernels[i].whole = !kernel_list_parts(l, &l->kernels[i], &parts, NULL);
	return 0;
}

void kernel_list_free(struct kernel_list *l)
{
	free(l->packages);
	free(l->kernels);
	free(l->text);
	memset(l, 0, sizeof(*l));
}

/* "6.12.107" of 6.12.107-deb13, and "6.12.107-rt" of 6.12.107-deb13-rt. */
static bool has_version(const struct kernel *k, const char *asked)
{
	bool rt = ends(asked, RT);
	size_t n = strlen(asked) - (rt ? strlen(RT) : 0);

	return k->rt == rt && !strncmp(k->name, asked, n) && k->name[n] == '-';
}

static bool is_called(const struct kernel *k, const char *asked)
{
	char uname[2 * KERNEL_NAME];

	snprintf(uname, sizeof(uname), "%s%s" ARCH, k->release, k->rt ? RT : "");
	if (!strcmp(uname, asked) || !strcmp(k->name, asked))
		return true;
	cut_end(uname, ARCH);
	return !strcmp(uname, asked);
}

static int not_unique(const struct kernel_list *l, const char *asked, struct err *e)
{
	char all[256] = "";
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		if (l->kernels[i].whole && has_version(&l->kernels[i], asked) && n < sizeof(all))
			n += snprintf(all + n, sizeof(all) - n, "%s%s", n ? ", " : "", l->kernels[i].name);
	return err_set(e, -ENOTUNIQ, "kernel %s: the mirror has several builds of this version, name one: %s", asked,
		       all);
}

/* The neighbours in age among kernels of the same kind. */
static int not_there(const struct kernel_list *l, const char *asked, bool shell, struct err *e)
{
	const char *older = NULL, *newer = NULL;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!l->kernels[i].whole || l->kernels[i].rt != ends(asked, RT))
			continue;
		if (kernel_compare(l->kernels[i].name, asked) < 0)
			older = l->kernels[i].name;
		else if (!newer)
			newer = l->kernels[i].name;
	}
	return err_set(e, -ENOENT, "the mirror has no kernel %s%s; the nearest: %s%s%s (see: rxlab lab kernels)", asked,
		       shell ? " but a package without what it needs" : "", older ? older : "",
		       older && newer ? ", " : "", newer ? newer : "");
}

int kernel_list_find(const struct kernel_list *l, const char *asked, const struct kernel **k, struct err *e)
{
	const struct kernel *at;
	bool shell = false;
	size_t same = 0;

	*k = NULL;
	for (at = l->kernels; at < l->kernels + l->n; at++) {
		if (!is_called(at, asked) && !has_version(at, asked) && !kernel_in_series(at->name, asked))
			continue;
		shell |= !at->whole;
		if (!at->whole)
			continue;
		*k = at;
		if (is_called(at, asked))
			return 0;
		same += has_version(at, asked);
	}
	if (same > 1)
		return not_unique(l, asked, e);
	return *k ? 0 : not_there(l, asked, shell, e);
}

/* The package of that name, if possible of that version. */
static const struct kernel_package *package_of(const struct kernel_list *l, const char *name, const char *version)
{
	const struct kernel_package *found = NULL;
	size_t i;

	for (i = 0; i < l->n_packages; i++) {
		if (strcmp(l->packages[i].name, name))
			continue;
		if (!strcmp(l->packages[i].version, version))
			return &l->packages[i];
		found = found ? found : &l->packages[i];
	}
	return found;
}

/* Calls fn for each dependency; the first of alternatives. */
static void each_dependency(const struct kernel_package *p, void (*fn)(void *to, const char *name), void *to)
{
	const char *at = p->depends;
	char name[96];

	for (; *at; at += strcspn(at, ","), at += *at == ',') {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ",|"), at);
		fn(to, name);
	}
}

struct closure {
	const struct kernel_list *l;
	const struct kernel *k;
	struct kernel_parts *p;
	bool lacks;
};

static void add_part(struct closure *c, const char *name, const struct kernel_package **parts, size_t *n)
{
	const struct kernel_package *p = package_of(c->l, name, c->k->image->version);

	if (!p)
		c->lacks = true;
	else if (*n < KERNEL_PARTS)
		parts[(*n)++] = p;
}

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* From 6.19.14 on the image is a shell: what it held is in linux-binary and linux-modules. */
static void take_run(void *to, const char *name)
{
	struct closure *c = to;

	if (begins(name, "linux-binary-") || begins(name, "linux-modules-"))
		add_part(c, name, c->p->run, &c->p->n_run);
}

static void take_headers(void *to, const char *name)
{
	struct closure *c = to;
	size_t n = strcspn(name + (begins(name, "gcc-") ? 4 : 0), "-");

	if (begins(name, "linux-headers-") || begins(name, "linux-kbuild-"))
		add_part(c, name, c->p->headers, &c->p->n_headers);
	else if (begins(name, "gcc-")) /* gcc-14-for-host is gcc-14 on the machine that builds */
		snprintf(c->p->compiler, sizeof(c->p->compiler), "%.*s", (int)n + 4, name);
}

static void headers_parts(const struct kernel_list *l, const struct kernel *k, struct kernel_parts *p)
{
	struct closure c = { .l = l, .k = k, .p = p };
	char name[2 * KERNEL_NAME];

	snprintf(name, sizeof(name), "linux-headers-%s%s" ARCH, k->release, k->rt ? RT : "");
	add_part(&c, name, p->headers, &p->n_headers);
	if (!c.lacks)
		each_dependency(p->headers[0], take_headers, &c);
	if (c.lacks)
		p->n_headers = 0;
}

int kernel_list_parts(const struct kernel_list *l, const struct kernel *k, struct kernel_parts *p, struct err *e)
{
	struct closure c = { .l = l, .k = k, .p = p };
	size_t i;

	memset(p, 0, sizeof(*p));
	p->run[p->n_run++] = k->image;
	each_dependency(k->image, take_run, &c);
	if (c.lacks)
		return err_set(e, -ENOENT, "kernel %s: the mirror has its package and not what that needs", k->name);
	headers_parts(l, k, p);
	for (i = 0; i < p->n_run; i++)
		p->bytes += p->run[i]->bytes;
	for (i = 0; i < p->n_headers; i++)
		p->bytes += p->headers[i]->bytes;
	return 0;
}
