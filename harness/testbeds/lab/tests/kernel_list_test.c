// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of kernels, and what is meant by one, on lists of packages as mirrors have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/kernel_list.h"

#define REST "http://m/x.deb 1000 abc"

static const char text[] =
	"# a remark\n"
	"linux-image-6.1.0-56-amd64 6.1.192-2 bookworm-security " REST " kmod,linux-base\n"
	"linux-headers-6.1.0-56-amd64 6.1.192-2 bookworm-security " REST
	" linux-headers-6.1.0-56-common,linux-image-6.1.0-56-amd64|linux-image-6.1.0-56-amd64-unsigned,linux-kbuild-6."
	"1,gcc-12\n"
	"linux-headers-6.1.0-56-common 6.1.192-2 bookworm-security " REST " -\n"
	"linux-kbuild-6.1 6.1.190-1 bookworm " REST " -\n"
	"linux-kbuild-6.1 6.1.192-3 bookworm-security " REST " -\n"
	"linux-image-6.12-amd64 6.12.107-1 trixie " REST " linux-image-6.12.107+deb13-amd64\n"
	"linux-image-6.12.107+deb13-amd64 6.12.107-1 trixie " REST " kmod\n"
	"linux-image-6.12.107+deb13-amd64 6.12.107-1 trixie-security " REST " kmod\n"
	"linux-image-6.12.107+deb12-amd64 6.12.107-1~deb12u1 bookworm-security " REST " kmod\n"
	"linux-image-6.12.94+deb13-amd64 6.12.94-1 trixie " REST " kmod\n"
	"linux-image-7.0.13+deb13-amd64 7.0.13-1~bpo13+1 trixie-backports " REST
	" dracut|initramfs-tools,linux-binary-7.0.13+deb13-amd64,linux-modules-7.0.13+deb13-amd64\n"
	"linux-binary-7.0.13+deb13-amd64 7.0.13-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-image-7.3.4+deb13-amd64 7.3.4-1~bpo13+1 trixie-backports " REST
	" linux-base-7.3.4+deb13-amd64,linux-binary-7.3.4+deb13-amd64,linux-modules-7.3.4+deb13-amd64\n"
	"linux-binary-7.3.4+deb13-amd64 7.3.4-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-modules-7.3.4+deb13-amd64 7.3.4-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-headers-7.3.4+deb13-amd64 7.3.4-1~bpo13+1 trixie-backports " REST
	" gcc-14-for-host,linux-headers-7.3.4+deb13-common,linux-kbuild-7.3.4+deb13\n"
	"linux-headers-7.3.4+deb13-common 7.3.4-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-kbuild-7.3.4+deb13 7.3.4-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-image-7.3.4+deb13-rt-amd64 7.3.4-1~bpo13+1 trixie-backports " REST " -\n"
	"linux-image-7.3.11+deb13-amd64 7.3.11-1~bpo13+1 trixie-backports " REST " -\n";

static struct kernel_list list;
static struct err e;

static int a_list(void **state)
{
	(void)state;
	memset(&e, 0, sizeof(e));
	return kernel_list_parse(&list, strdup(text), &e);
}

static int no_list(void **state)
{
	(void)state;
	kernel_list_free(&list);
	return 0;
}

static void a_name_follows_from_the_package_alone(void **state)
{
	static const char *const cases[][3] = {
		{ "linux-image-6.1.0-56-amd64", "6.1.192-2", "6.1.192-56" },
		{ "linux-image-6.1.0-0.deb11.52-amd64", "6.1.180-1~deb11u1", "6.1.180-0.deb11.52" },
		{ "linux-image-6.12.90+deb13.1-amd64", "6.12.90-2", "6.12.90-deb13.1" },
		{ "linux-image-7.3.4+deb13-rt-amd64", "7.3.4-1~bpo13+1", "7.3.4-deb13-rt" },
	};
	static const char *const none[] = { "linux-image-amd64", "linux-image-7.3-amd64",
					    "linux-image-7.3.4+deb13-arm64", "linux-binary-7.3.4+deb13-amd64",
					    "linux-image-6.1.0-57-amd64-unsigned" };
	struct kernel k;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(kernel_name(cases[i][0], cases[i][1], &k), 0);
		assert_string_equal(k.name, cases[i][2]);
	}
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(kernel_name(none[i], "7.3.4-1", &k), -EINVAL);
}

static void means(const char *asked, const char *name)
{
	const struct kernel *k;

	memset(&e, 0, sizeof(e));
	assert_int_equal(kernel_list_find(&list, asked, &k, &e), 0);
	assert_string_equal(k->name, name);
}

static void a_series_is_its_newest_and_other_names_are_one_kernel(void **state)
{
	(void)state;
	means("6.1", "6.1.192-56");
	means("6.12", "6.12.107-deb13");
	means("7.3", "7.3.11-deb13"); /* not in the order of text: 11 is behind 4 */
	means("7.3-rt", "7.3.4-deb13-rt");
	means("7.3.4", "7.3.4-deb13");
	means("7.3.4-rt", "7.3.4-deb13-rt");
	means("6.12.107-deb12", "6.12.107-deb12");
	means("6.12.107+deb12-amd64", "6.12.107-deb12");
	means("7.3.4+deb13-rt", "7.3.4-deb13-rt");
	means("6.1.0-56-amd64", "6.1.192-56");
}

static void refused(const char *asked, int code, const char *said)
{
	const struct kernel *k;

	memset(&e, 0, sizeof(e));
	assert_int_equal(kernel_list_find(&list, asked, &k, &e), code);
	if (!strstr(e.text, said))
		fail_msg("'%s' does not say '%s'", e.text, said);
}

static void what_is_not_there_names_its_neighbours(void **state)
{
	(void)state;
	refused("6.18", -ENOENT, "the mirror has no kernel 6.18; the nearest: 6.12.107-deb13, 7.3.4-deb13 ");
	refused("5.10", -ENOENT, "the nearest: 6.1.192-56 ");
	refused("9.0", -ENOENT, "the nearest: 7.3.11-deb13 ");
	refused("6.12-rt", -ENOENT, "the nearest: 7.3.4-deb13-rt ");
	refused("7", -ENOENT, "has no kernel 7;");
	refused("7.3.", -ENOENT, "has no kernel 7.3.;");
	refused("7.0", -ENOENT,
		"no kernel 7.0 but a package without what it needs; the nearest: 6.12.107-deb13, 7.3.4-deb13 ");
	refused("7.0.13-deb13", -ENOENT, "a package without what it needs");
}

static void two_builds_of_one_version_must_be_told_apart(void **state)
{
	(void)state;
	refused("6.12.107", -ENOTUNIQ, "name one: 6.12.107-deb12, 6.12.107-deb13");
}

static void parts_of(const char *name, struct kernel_parts *p)
{
	const struct kernel *k;

	assert_int_equal(kernel_list_find(&list, name, &k, &e), 0);
	assert_int_equal(kernel_list_parts(&list, k, p, &e), 0);
}

static void a_kernel_is_one_package_or_several(void **state)
{
	struct kernel_parts p;

	(void)state;
	parts_of("6.1", &p);
	assert_int_equal(p.n_run, 1);
	assert_int_equal(p.n_headers, 3);
	assert_string_equal(p.headers[2]->name, "linux-kbuild-6.1");
	assert_string_equal(p.compiler, "gcc-12");
	assert_int_equal(p.bytes, 4000);
	parts_of("7.3.4", &p);
	assert_int_equal(p.n_run, 3);
	assert_string_equal(p.run[1]->name, "linux-binary-7.3.4+deb13-amd64");
	assert_string_equal(p.run[2]->name, "linux-modules-7.3.4+deb13-amd64");
	assert_int_equal(p.n_headers, 3);
	assert_string_equal(p.compiler, "gcc-14");
	parts_of("6.12", &p);
	assert_int_equal(p.n_headers, 0);
	assert_string_equal(p.compiler, "");
}

static void a_list_that_is_none_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "", "no kernel" },
		{ "linux-base-1 1 sid " REST " -\n", "no kernel" },
		{ "# x\nlinux-image-7.3.4+deb13-amd64 7.3.4-1 sid\n", "line 2" },
		{ "linux-image-7.3.4+deb13-amd64 7.3.4-1 sid http://m/x many abc -\n", "line 1" },
		{ "linux-image-7.3.4+deb13-amd64 7.3.4-1 sid " REST " - more\n", "line 1" },
	};
	struct kernel_list l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&e, 0, sizeof(e));
		assert_true(kernel_list_parse(&l, strdup(bad[i][0]), &e) < 0);
		assert_non_null(strstr(e.text, bad[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_follows_from_the_package_alone),
		cmocka_unit_test_setup_teardown(a_series_is_its_newest_and_other_names_are_one_kernel, a_list, no_list),
		cmocka_unit_test_setup_teardown(what_is_not_there_names_its_neighbours, a_list, no_list),
		cmocka_unit_test_setup_teardown(two_builds_of_one_version_must_be_told_apart, a_list, no_list),
		cmocka_unit_test_setup_teardown(a_kernel_is_one_package_or_several, a_list, no_list),
		cmocka_unit_test(a_list_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
