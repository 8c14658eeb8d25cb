// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the lab's parts are, and which image belongs to the sources as they are now. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/util/cachedir.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/util/file.h"
#include "harness/util/home.h"
#include "harness/util/sha256.h"

#define COMPILER "/usr/bin/gcc" /* another one has other bytes */

static int lab_cache(struct lab *l, struct err *e)
{
	int r = cache_path(l->cache, sizeof(l->cache), e);

	if (!r && strpbrk(l->cache, LAB_PATH_NEVER))
		r = err_set(e, -EINVAL, "the lab's cache %s: QEMU takes no path with a comma or a quotation mark",
			    l->cache);
	return r;
}

int lab_paths(struct lab *l, struct err *e)
{
	int r;

	memset(l, 0, sizeof(*l));
	r = lab_cache(l, e);
	r = r ? r : home_find(l->root, sizeof(l->root), e);
	snprintf(l->packages, sizeof(l->packages), "%s/packages", l->cache);
	lab_set_kernel(l, NULL);
	return r;
}

void lab_set_kernel(struct lab *l, const char *kernel)
{
	snprintf(l->kernel, sizeof(l->kernel), "%s", kernel ? kernel : "");
	if (kernel)
		snprintf(l->boots, sizeof(l->boots), "%s/kernels/%s", l->cache, kernel);
	else
		snprintf(l->boots, sizeof(l->boots), "%s/kernel", l->packages);
}

static int file_sha(const char *path, char hex[SHA256_HEX], struct err *e)
{
	size_t length;
	char *text = file_slurp(path, &length);

	if (!text)
		return err_sys(e, "%s", path);
	sha256_hex(text, length, hex);
	free(text);
	return 0;
}

/* Appends "HASH name" for a source file. */
static int key_file(const struct lab *l, const char *name, FILE *key, struct err *e)
{
	char path[PATH_MAX], hex[SHA256_HEX];
	int r;

	snprintf(path, sizeof(path), "%s/%s", l->root, name);
	r = file_sha(path, hex, e);
	fprintf(key, "%s %s\n", hex, name);
	return r;
}

static int is_source(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return (dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h"))) || !strcmp(d->d_name, "Kbuild") ||
	       !strcmp(d->d_name, "Makefile");
}

static int key_folder(const struct lab *l, const char *folder, FILE *key, struct err *e)
{
	char path[PATH_MAX], name[512];
	struct dirent **list;
	int n, i, r = 0;

	snprintf(path, sizeof(path), "%s/%s", l->root, folder);
	n = scandir(path, &list, is_source, alphasort);
	if (n < 0)
		return err_sys(e, "%s", path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%.255s", folder, list[i]->d_name);
		r = r ? r : key_file(l, name, key, e);
		free(list[i]);
	}
	free(list);
	return r;
}

static int is_module_folder(const struct dirent *de)
{
	return de->d_type == DT_DIR && de->d_name[0] != '.' && strcmp(de->d_name, "tests");
}

/* The modules' sources: kmod and its folders, without the tests. */
static int key_kmod(const struct lab *l, FILE *key, struct err *e)
{
	char path[PATH_MAX], name[512];
	struct dirent **list;
	int n, i, r;

	r = key_folder(l, "kmod", key, e);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/kmod", l->root);
	n = scandir(path, &list, is_module_folder, alphasort);
	if (n < 0)
		return err_sys(e, "%s", path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "kmod/%.255s", list[i]->d_name);
		r = r ? r : key_folder(l, name, key, e);
		free(list[i]);
	}
	free(list);
	return r;
}

/* Appends the hash of a list of packages. */
static int key_versions(const struct lab *l, const char *folder, FILE *key, struct err *e)
{
	char path[PATH_MAX + 16], hex[SHA256_HEX];

	snprintf(path, sizeof(path), "%s%s/versions", l->packages, folder);
	if (file_sha(path, hex, NULL))
		return err_set(e, -ENOENT, "the lab is not built: run './rxlab lab build'");
	fprintf(key, "%s\n", hex);
	return 0;
}

/* The compiler of a kernel's modules, where one was fetched: with it there may be modules that were not there before. */
static void key_compiler(const struct lab *l, FILE *key)
{
	char path[PATH_MAX + 32], text[64], hex[SHA256_HEX];

	snprintf(path, sizeof(path), "%s/compiler", l->boots);
	if (file_get(path, text, sizeof(text)) <= 0)
		return;
	text[strcspn(text, " \n")] = '\0';
	snprintf(path, sizeof(path), "%s/kernels/%s/versions", l->cache, text);
	if (!file_sha(path, hex, NULL))
		fprintf(key, "%s %s\n", hex, text);
}

/* What another kernel than the lab's own adds. */
static int key_kernel(const struct lab *l, FILE *key, struct err *e)
{
	char path[PATH_MAX + 16], hex[SHA256_HEX];

	snprintf(path, sizeof(path), "%s/versions", l->boots);
	if (file_sha(path, hex, NULL))
		return err_set(e, -ENOENT, "kernel %s is not here", l->kernel);
	fprintf(key, "kernel %s %s\n", l->kernel, hex);
	key_compiler(l, key);
	return key_file(l, "harness/testbeds/lab/kernel_modules.sh", key, e);
}

static int is_module(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && !strcmp(dot, ".ko");
}

/* Modules that others put into the cache for the guest; most have none. */
static int key_modules(const struct lab *l, FILE *key, struct err *e)
{
	char path[PATH_MAX], hex[SHA256_HEX];
	struct dirent **list;
	int n, i, r = 0;

	snprintf(path, sizeof(path), "%s/modules", l->cache);
	n = scandir(path, &list, is_module, alphasort);
	if (n < 0)
		return 0;
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/modules/%.255s", l->cache, list[i]->d_name);
		r = r ? r : file_sha(path, hex, e);
		fprintf(key, "%s %s\n", hex, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return r;
}

/* One hash over everything that the image is made from: the name of the image's folder. */
static int image_key(struct lab *l, char hex[SHA256_HEX], struct err *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *key = open_memstream(&text, &size);
	int r;

	if (!key)
		return err_set(e, -ENOMEM, "no memory");
	r = key_versions(l, "", key, e);
	r = r ? r : key_versions(l, "/dpdk", key, e);
	r = r || !l->kernel[0] ? r : key_kernel(l, key, e);
	fprintf(key, "%s\n", lab_machine_text());
	r = r ? r : key_file(l, "build/rxlab-agent", key, e);
	r = r ? r : key_file(l, "capture-impls/dpdk/build.sh", key, e);
	r = r ? r : key_folder(l, "capture-impls/dpdk/pmd", key, e);
	r = r ? r : key_modules(l, key, e);
	r = r ? r : key_file(l, "harness/testbeds/lab/image.sh", key, e);
	r = r ? r : key_file(l, "harness/testbeds/lab/initramfs.sh", key, e);
	r = r ? r : key_folder(l, "harness/testbeds/lab/plugin", key, e);
	r = r ? r : key_kmod(l, key, e);
	fclose(key);
	sha256_hex(text, size, hex);
	free(text);
	return r;
}

/* By all that the modules are made from, the compiler too, so that no other tree's are ever taken for them. */
int lab_modules_folder(const struct lab *l, char path[PATH_MAX], struct err *e)
{
	char *text = NULL, hex[SHA256_HEX];
	size_t size = 0;
	FILE *key = open_memstream(&text, &size);
	int r;

	if (!key)
		return err_set(e, -ENOMEM, "no memory");
	r = key_versions(l, "", key, e);
	r = r ? r : file_sha(COMPILER, hex, e);
	fprintf(key, "%s\n", r ? "" : hex);
	r = r ? r : key_file(l, "harness/testbeds/lab/initramfs.sh", key, e);
	r = r ? r : key_kmod(l, key, e);
	fclose(key);
	sha256_hex(text, size, hex);
	snprintf(path, PATH_MAX, "%s/kmod/%.16s", l->cache, hex);
	free(text);
	return r;
}

static void info_value(const char *text, const char *name, char *to, size_t size)
{
	const char *at = strstr(text, name);

	if (at && at[strlen(name)] == '=') {
		at += strlen(name) + 1;
		snprintf(to, size, "%.*s", (int)strcspn(at, "\n"), at);
	}
}

/* The plugin schedules the CPUs' turns, so its sources are part of the testbed's identity. */
static int plugin_sha(const struct lab *l, char hex[SHA256_HEX], struct err *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *key = open_memstream(&text, &size);
	int r;

	if (!key)
		return err_set(e, -ENOMEM, "no memory");
	r = key_folder(l, "harness/testbeds/lab/plugin", key, e);
	fclose(key);
	sha256_hex(text, size, hex);
	free(text);
	return r;
}

int lab_image_folder(struct lab *l, struct err *e)
{
	char hex[SHA256_HEX];
	int r = image_key(l, hex, e);

	snprintf(l->image, sizeof(l->image), "%s/images/%.16s", l->cache, hex);
	return r;
}

void lab_topology_folder(const struct lab *l, const struct lab_topology *top, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/senders%u-reader%u", l->image, top->senders, top->reader_cpu);

	if (top->interrupt_cpus > 1 && n > 0 && (size_t)n < size)
		snprintf(path + n, size - n, "-interrupts%u-channels%u", top->interrupt_cpus, top->channels);
}

int lab_find(struct lab *l, const char *kernel, struct err *e)
{
	char path[PATH_MAX], text[4096];
	int r = lab_paths(l, e);

	if (!r)
		lab_set_kernel(l, kernel);
	r = r ? r : lab_image_folder(l, e);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/info", l->image);
	if (file_get(path, text, sizeof(text)) <= 0)
		return err_set(e, -ENOENT, "the lab's image is not built: run './rxlab lab build'");
	info_value(text, "kernel_sha256", l->kernel_sha, sizeof(l->kernel_sha));
	info_value(text, "initramfs_sha256", l->initramfs_sha, sizeof(l->initramfs_sha));
	info_value(text, "kernel_version", l->kernel_version, sizeof(l->kernel_version));
	info_value(text, "qemu_version", l->qemu_version, sizeof(l->qemu_version));
	info_value(text, "qemu_package", l->qemu_package, sizeof(l->qemu_package));
	info_value(text, "identity", l->identity, sizeof(l->identity));
	snprintf(path, sizeof(path), "%s/initramfs.without", l->image);
	if (file_get_line(path, l->without, sizeof(l->without)) < 0)
		l->without[0] = '\0';
	return 0;
}

/* Version of the package whose name begins with prefix, from a folder's list of packages. */
static void package_version(const char *folder, const char *prefix, char *to, size_t size)
{
	char path[PATH_MAX + 16], text[16384], *line, *save = NULL;

	snprintf(path, sizeof(path), "%s/versions", folder);
	file_get(path, text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, prefix, strlen(prefix)) && strchr(line, ' '))
			snprintf(to, size, "%s", strchr(line, ' ') + 1);
}

/* "1:10.0.2+ds-2+deb13u1~bpo12+1" -> "10.0.2" */
static void upstream_version(const char *package, char *to, size_t size)
{
	const char *at = strchr(package, ':');

	at = at ? at + 1 : package;
	snprintf(to, size, "%.*s", (int)strcspn(at, "+~-"), at);
}

int lab_describe(struct lab *l, struct err *e)
{
	char path[PATH_MAX], text[8192], hex[SHA256_HEX], plugin[SHA256_HEX];
	int n, r;

	snprintf(path, sizeof(path), "%s/vmlinuz", l->boots);
	r = file_sha(path, l->kernel_sha, e);
	snprintf(path, sizeof(path), "%s/initramfs", l->image);
	r = r ? r : file_sha(path, l->initramfs_sha, e);
	r = r ? r : plugin_sha(l, plugin, e);
	if (r)
		return r;
	package_version(l->kernel[0] ? l->boots : l->packages, "linux-image-", l->kernel_version,
			sizeof(l->kernel_version));
	package_version(l->packages, "qemu-system-x86 ", l->qemu_package, sizeof(l->qemu_package));
	upstream_version(l->qemu_package, l->qemu_version, sizeof(l->qemu_version));
	n = snprintf(text, sizeof(text),
		     "kernel_sha256=%s\ninitramfs_sha256=%s\nqemu_version=%s\nplugin_sha256=%s\nmachine=%s\n",
		     l->kernel_sha, l->initramfs_sha, l->qemu_version, plugin, lab_machine_text());
	sha256_hex(text, n, hex);
	snprintf(l->identity, sizeof(l->identity), "%.16s", hex);
	n += snprintf(text + n, sizeof(text) - n, "kernel_version=%s\nqemu_package=%s\nidentity=%s\n",
		      l->kernel_version, l->qemu_package, l->identity);
	snprintf(path, sizeof(path), "%s/info", l->image);
	return file_replace(path, text, n, e);
}

void lab_libraries(const struct lab *l, char *text, size_t size)
{
	snprintf(text, size, "%s/qemu/usr/lib/x86_64-linux-gnu:%s/qemu/lib/x86_64-linux-gnu", l->packages, l->packages);
}

int lab_lock(const char *folder, struct err *e)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "%s", path);
	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR) {
			close(fd);
			return err_sys(e, "%s", path);
		}
	}
	return fd;
}
