// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/kernel_options.h"
#include "harness/record/settings.h"
#include "harness/testbeds/lab/kernel_list.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/util/file.h"
#include "harness/util/nearest.h"

#define LIST_MAX (16 << 20)

int kernel_options_image(struct kernel_options *o, const char *text, struct err *e)
{
	struct kernel_image *image = &o->images[o->n_images];
	const char *equals = strchr(text, '='), *files = equals ? equals + 1 : text, *comma = strchr(files, ',');

	if (o->n_images == BISECT_VERSIONS_MAX)
		return err_set(e, -E2BIG, "at most %d", BISECT_VERSIONS_MAX);
	if (!comma || comma == files || !comma[1] || equals == text)
		return err_set(e, -EINVAL, "%s: not of the form NAME=VMLINUZ,MODULES", text);
	snprintf(image->vmlinuz, sizeof(image->vmlinuz), "%.*s", (int)(comma - files), files);
	snprintf(image->modules, sizeof(image->modules), "%s", comma + 1);
	if (equals)
		snprintf(image->name, sizeof(image->name), "%.*s", (int)(equals - text), text);
	else
		snprintf(image->name, sizeof(image->name), "%.63s", basename(image->vmlinuz));
	if (strpbrk(image->name, "/ \t\n"))
		return err_set(e, -EINVAL, "%s: a name without spaces and slashes", image->name);
	for (size_t i = 0; i < o->n_images; i++)
		if (!strcmp(o->images[i].name, image->name))
			return err_set(e, -EEXIST, "%s: two images of one name", image->name);
	o->n_images++;
	return 0;
}

static int choice_add(struct kernel_options *o, const char *name, const char *kernel, struct err *e)
{
	struct kernel_choice *k = &o->kernels[o->n];

	if (o->n == BISECT_VERSIONS_MAX)
		return err_set(e, -E2BIG, "more than %d kernels: say which, with --kernels", BISECT_VERSIONS_MAX);
	snprintf(k->name, sizeof(k->name), "%s", name);
	snprintf(k->kernel, sizeof(k->kernel), "%s", kernel);
	o->n++;
	return 0;
}

static bool is_among(const struct kernel_options *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (!strcmp(o->kernels[i].kernel, name))
			return true;
	return false;
}

static int images_import(struct kernel_options *o, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < o->n_images; i++) {
		const struct kernel_image *image = &o->images[i];
		char kernel[KERNEL_NAME];

		ret = lab_kernel_import(image->vmlinuz, image->modules, kernel, e);
		if (!ret && is_among(o, kernel))
			ret = err_set(e, -EEXIST, "--image %s: the same kernel as an image before it", image->name);
		ret = ret ? ret : choice_add(o, image->name, kernel, e);
	}
	return ret;
}

/* The whole name, the lab's own too. */
static int resolve(const char *asked, char name[KERNEL_NAME], struct err *e)
{
	struct lab lab;
	int ret = lab_kernel_resolve(asked, name, e);

	if (!ret && !strcmp(name, KERNEL_OWN)) {
		ret = lab_paths(&lab, e);
		lab_kernel_own(&lab, name);
	}
	return ret;
}

/* --kernels A,B,C: each as it was written, in this order. */
static int list_resolve(struct kernel_options *o, struct err *e)
{
	char *copy = strdup(o->list), *rest = copy, *word;
	int ret = copy ? 0 : err_set(e, -ENOMEM, "out of memory");

	while (!ret && (word = strsep(&rest, ","))) {
		char name[KERNEL_NAME];

		ret = word[0] ? resolve(word, name, e) : err_set(e, -EINVAL, "--kernels %s: a name is empty", o->list);
		if (!ret && is_among(o, name))
			ret = err_set(e, -EEXIST, "--kernels %s: %s stands twice", o->list, word);
		ret = ret ? ret : choice_add(o, word, name, e);
	}
	free(copy);
	return ret;
}

static bool is_rt(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, "-rt");
}

static int mirror_read(struct kernel_list *l, struct err *e)
{
	char path[PATH_MAX], *text;
	struct lab lab;
	int ret = lab_paths(&lab, e);

	snprintf(path, sizeof(path), "%s/kernels/list", lab.cache);
	ret = ret ? ret : file_read(path, LIST_MAX, &text, NULL, e);
	return ret ? ret : kernel_list_parse(l, text, e);
}

static int by_age(const void *a, const void *b)
{
	const struct kernel_choice *x = a, *y = b;

	return kernel_compare(x->kernel, y->kernel);
}

/* All of the mirror that are of the ends' kind, and the ends where it has them no more; the oldest first. */
static int mirror_list(struct kernel_options *o, const char *const ends[2], struct err *e)
{
	struct kernel_list l;
	int ret = mirror_read(&l, e);

	if (ret)
		return ret;
	for (size_t i = 0; !ret && i < l.n; i++)
		if (l.kernels[i].rt == is_rt(ends[0]))
			ret = choice_add(o, l.kernels[i].name, l.kernels[i].name, e);
	for (size_t i = 0; !ret && i < 2; i++)
		if (!is_among(o, ends[i]))
			ret = choice_add(o, ends[i], ends[i], e);
	qsort(o->kernels, o->n, sizeof(o->kernels[0]), by_age);
	kernel_list_free(&l);
	return ret;
}

/* Where an end is among the kernels: as it is called there, or as what it means. */
static int end_find(const struct kernel_options *o, const char *option, const char *asked, const char *meant,
		    size_t *at, struct err *e)
{
	struct nearest near;
	char text[96];

	nearest_begin(&near, asked);
	for (size_t i = 0; i < o->n; i++) {
		*at = i;
		if (!strcmp(o->kernels[i].name, asked) || (meant && !strcmp(o->kernels[i].kernel, meant)))
			return 0;
		nearest_try(&near, o->kernels[i].name);
	}
	return err_set(e, -EINVAL, "%s %s: not among the %zu kernels%s", option, asked, o->n,
		       nearest_text(&near, text));
}

/* Keeps those from the good to the bad end. */
static int ends_cut(struct kernel_options *o, const char *good, const char *bad, struct err *e)
{
	size_t first = 0, last = o->n - 1;
	int ret = o->good ? end_find(o, "--good", o->good, good, &first, e) : 0;

	if (!ret && o->bad)
		ret = end_find(o, "--bad", o->bad, bad, &last, e);
	if (!ret && first == last)
		ret = err_set(e, -EINVAL, "--good and --bad are the same kernel, %s", o->kernels[first].name);
	if (!ret && first > last)
		ret = err_set(e, -EINVAL, "--good %s comes after --bad %s: a bisection goes from the older one on",
			      o->kernels[first].name, o->kernels[last].name);
	if (ret)
		return ret;
	o->n = last - first + 1;
	memmove(o->kernels, o->kernels + first, o->n * sizeof(o->kernels[0]));
	return 0;
}

static int mirror_range(struct kernel_options *o, struct err *e)
{
	char good[KERNEL_NAME], bad[KERNEL_NAME];
	int ret;

	if (!o->good || !o->bad)
		return err_set(e, -EINVAL, "option --%s is missing", o->good ? "bad" : "good");
	ret = resolve(o->good, good, e);
	ret = ret ? ret : resolve(o->bad, bad, e);
	if (!ret && is_rt(good) != is_rt(bad))
		ret = err_set(e, -EINVAL, "--good %s and --bad %s: one is a kernel of real time, the other is not",
			      good, bad);
	if (!ret)
		ret = o->list ? list_resolve(o, e) : mirror_list(o, (const char *[]) { good, bad }, e);
	return ret ? ret : ends_cut(o, good, bad, e);
}

int kernel_options_range(struct kernel_options *o, struct err *e)
{
	int ret;

	if (!o->n_images)
		return mirror_range(o, e);
	if (o->list)
		return err_set(e, -EINVAL, "--kernels and --image are two lists");
	if (o->n_images < 2)
		return err_set(e, -EINVAL, "--image: a bisection is over two or more");
	ret = images_import(o, e);
	return ret ? ret : ends_cut(o, NULL, NULL, e);
}

int kernel_options_one(struct kernel_options *o, struct err *e)
{
	char name[KERNEL_NAME];
	int ret;

	if (o->n_images + !!o->one != 1)
		return err_set(e, -EINVAL, "one kernel: --image VMLINUZ,MODULES or --kernel VERSION");
	if (o->good || o->bad || o->list)
		return err_set(e, -EINVAL, "--good, --bad and --kernels are of bisect: here is one kernel alone");
	if (o->n_images)
		return images_import(o, e);
	ret = resolve(o->one, name, e);
	return ret ? ret : choice_add(o, o->one, name, e);
}

int kernel_options_set(struct trial *t, const struct kernel_choice *k, struct err *e)
{
	char name[KERNEL_NAME];
	int ret = lab_kernel_resolve(k->kernel, name, e);

	return ret ? ret : trial_set(t, KERNEL_KEY, name, e);
}
