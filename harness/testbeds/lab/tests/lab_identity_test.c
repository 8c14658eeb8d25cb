// SPDX-License-Identifier: GPL-2.0-or-later
/* What an image is named after, what the identity is made from, and the machine's arguments; in a tree of a few files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/lab/lab.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

static struct lab lab;
static struct err e;

static void put(const char *name, const char *text)
{
	char path[512], folder[512];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	snprintf(folder, sizeof(folder), "%s", path);
	assert_int_equal(file_mkdirs(dirname(folder), &e), 0);
	assert_int_equal(file_replace(path, text, strlen(text), &e), 0);
}

/* Files that the image is made from, below the tree or the cache. */
static const char *const parts[] = {
	"cache/packages/versions",
	"cache/packages/dpdk/versions",
	"cache/modules/other.ko",
	"build/rxlab-agent",
	"capture-impls/dpdk/build.sh",
	"capture-impls/dpdk/pmd/pmd.c",
	"harness/testbeds/lab/image.sh",
	"harness/testbeds/lab/initramfs.sh",
	"harness/testbeds/lab/plugin/a.c",
	"harness/testbeds/lab/plugin/a.h",
	"kmod/Kbuild",
	"kmod/ykvm/ring.c",
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static int a_tree(void **state)
{
	size_t i;

	if (scratch_folder(state))
		return -1;
	for (i = 0; i < N_PARTS; i++)
		put(parts[i], "1\n");
	memset(&lab, 0, sizeof(lab));
	snprintf(lab.root, sizeof(lab.root), "%s", scratch);
	snprintf(lab.cache, sizeof(lab.cache), "%s/cache", scratch);
	snprintf(lab.packages, sizeof(lab.packages), "%s/cache/packages", scratch);
	lab_set_kernel(&lab, NULL);
	return 0;
}

static void image_is(char name[PATH_MAX])
{
	if (lab_image_folder(&lab, &e))
		fail_msg("%s", e.text);
	snprintf(name, PATH_MAX, "%s", lab.image);
}

static void every_source_is_in_the_images_name(void **state)
{
	char first[PATH_MAX], now[PATH_MAX];
	size_t i;

	(void)state;
	image_is(first);
	for (i = 0; i < N_PARTS; i++) {
		print_message("%s\n", parts[i]);
		put(parts[i], "2\n");
		image_is(now);
		assert_string_not_equal(now, first);
		put(parts[i], "1\n");
		image_is(now);
		assert_string_equal(now, first);
	}
}

static void what_is_no_source_is_not(void **state)
{
	char first[PATH_MAX], now[PATH_MAX];

	(void)state;
	image_is(first);
	put("harness/testbeds/lab/plugin/README.md", "1\n");
	put("harness/testbeds/lab/plugin/tests/a_test.c", "1\n");
	put("kmod/tests/ring_test.c", "1\n");
	put("cache/modules/README", "1\n");
	image_is(now);
	assert_string_equal(now, first);
	put("kmod/ykvm/more.c", "1\n"); /* one more, though no other changed */
	image_is(now);
	assert_string_not_equal(now, first);
}

static void missing(const char *name, const char *why)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	assert_int_equal(unlink(path), 0);
	e.text[0] = '\0';
	assert_int_equal(lab_image_folder(&lab, &e), -ENOENT);
	if (!strstr(e.text, why))
		assert_string_equal(e.text, why);
	put(name, "1\n");
}

static void another_kernel_is_another_image_and_no_other_changes(void **state)
{
	char own[PATH_MAX], first[PATH_MAX], now[PATH_MAX];

	(void)state;
	image_is(own);
	lab_set_kernel(&lab, "7.3.4-deb13");
	e.text[0] = '\0';
	assert_int_equal(lab_image_folder(&lab, &e), -ENOENT);
	assert_string_equal(e.text, "kernel 7.3.4-deb13 is not here");
	put("cache/kernels/7.3.4-deb13/versions", "1\n");
	put("harness/testbeds/lab/kernel_modules.sh", "1\n");
	image_is(first);
	assert_string_not_equal(first, own);
	put("cache/kernels/7.3.4-deb13/compiler", "gcc-14 trixie\n");
	image_is(now);
	assert_string_equal(now, first);
	put("cache/kernels/gcc-14/versions", "1\n"); /* now its modules can be built */
	image_is(now);
	assert_string_not_equal(now, first);
	lab_set_kernel(&lab, NULL);
	image_is(now);
	assert_string_equal(now, own);
}

static void what_is_missing_is_named(void **state)
{
	char now[PATH_MAX];

	(void)state;
	missing("cache/packages/versions", "the lab is not built: run './rxlab lab build'");
	missing("build/rxlab-agent", "build/rxlab-agent");
	missing("harness/testbeds/lab/image.sh", "image.sh");
	image_is(now);
}

static void describe(struct lab *l)
{
	char name[PATH_MAX];

	image_is(name);
	assert_int_equal(file_mkdirs(name, &e), 0);
	snprintf(name, sizeof(name), "%s/initramfs", lab.image + strlen(scratch) + 1);
	put(name, "the initramfs");
	if (lab_describe(&lab, &e))
		fail_msg("%s", e.text);
	*l = lab;
}

static void identity_is_of_kernel_initramfs_plugin_and_qemu(void **state)
{
	struct lab first, now;

	(void)state;
	put("cache/packages/versions",
	    "linux-image-6.1.0-t 6.1.99-1\nqemu-system-x86 1:10.0.2+ds-2+deb13u1\nqemu-system-data 7\n");
	put("cache/packages/kernel/vmlinuz", "the kernel");
	describe(&first);
	assert_string_equal(first.kernel_version, "6.1.99-1");
	assert_string_equal(first.qemu_package, "1:10.0.2+ds-2+deb13u1");
	assert_string_equal(first.qemu_version, "10.0.2");
	assert_string_equal(first.kernel_sha, "7c2f712a5b31004cd31b6fe611e12219b02a73755049a698be58fdfa32a856cf");
	assert_int_equal(strspn(first.identity, "0123456789abcdef"), 16);
	describe(&now);
	assert_string_equal(now.identity, first.identity);
	put("cache/packages/kernel/vmlinuz", "another kernel");
	describe(&now);
	assert_string_not_equal(now.identity, first.identity);
	put("cache/packages/kernel/vmlinuz", "the kernel");
	put("harness/testbeds/lab/plugin/a.c", "another plugin");
	describe(&now);
	assert_string_not_equal(now.identity, first.identity);
}

static void all_args(const struct lab_qemu_args *a, char *text, size_t size)
{
	int i;

	text[0] = '\0';
	for (i = 0; i < a->argc; i++)
		snprintf(text + strlen(text), size - strlen(text), "%s\n", a->argv[i]);
	assert_null(a->argv[a->argc]);
}

static void has(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		assert_string_equal(text, wanted);
}

static void the_machine_of_two_senders(void **state)
{
	struct lab_qemu_args a;
	char text[16384];
	struct lab_topology top;
	struct trial t;

	(void)state;
	trial_init(&t);
	t.senders = 2;
	t.reader_cpu = 2;
	top = lab_topology_of(&t);
	assert_int_equal(top.cpus, 4);
	assert_int_equal(top.sender1_cpu, 3);
	strcpy(lab.image, "/i");
	lab_args_machine(&a, &lab, &top, "rxlab.shell=1");
	lab_args_plugin(&a, &lab, &top, "out=/o");
	all_args(&a, text, sizeof(text));
	has(text, "cache/packages/qemu/usr/bin/qemu-system-x86_64\n");
	has(text, "-smp\n4\n");
	has(text, "hubport,id=h1,hubid=0\n-device\ne1000e,netdev=h1,mac=02:00:00:00:00:01,romfile=\n");
	has(text, "igb,netdev=h2,mac=02:00:00:00:00:02,romfile=\n");
	has(text, "-initrd\n/i/initramfs\n");
	has(text, " rxlab.senders=2 rxlab.sender1_cpu=3 rxlab.shell=1\n");
	has(text, "/i/rxlab-tcg.so,dut=1,quantum=375:250:250:375,out=/o\n"); /* two senders share one's turns */
	lab_args_free(&a);
	assert_int_equal(a.argc, 0);
}

static void the_machine_of_one_sender(void **state)
{
	struct lab_qemu_args a;
	char text[16384];
	struct lab_topology top;
	struct trial t;

	(void)state;
	trial_init(&t);
	top = lab_topology_of(&t);
	assert_int_equal(top.cpus, 2);
	lab_args_machine(&a, &lab, &top, NULL);
	lab_args_plugin(&a, &lab, &top, "");
	all_args(&a, text, sizeof(text));
	has(text, "-smp\n2\n");
	assert_null(strstr(text, "hubport,id=h1,"));
	has(text, "quantum=750:250,\n");
	lab_args_free(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_tree, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_source_is_in_the_images_name),
		TEST(what_is_no_source_is_not),
		TEST(another_kernel_is_another_image_and_no_other_changes),
		TEST(what_is_missing_is_named),
		TEST(identity_is_of_kernel_initramfs_plugin_and_qemu),
		TEST(the_machine_of_two_senders),
		TEST(the_machine_of_one_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
