// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/dut/machine.h"
#include "harness/meters/perf.h"
#include "harness/tests/tmpdir.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

/* A machine of files. */
static void put(const char *root, const char *path, const char *text)
{
	char whole[512], folder[512];
	struct err e = { "" };

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	strcpy(folder, whole);
	assert_int_equal(file_mkdirs(dirname(folder), &e), 0);
	assert_int_equal(file_replace(whole, text, strlen(text), &e), 0);
}

static const struct finding *find(const struct finding *f, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(f[i].name, name))
			return &f[i];
	return NULL;
}

static const struct row {
	const char *path, *text, *name;
	enum finding_state state;
	const char *found;
} rows[] = {
	{ "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n", "frequency governor", FINDING_BETTER,
	  "powersave" },
	{ "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n", "frequency governor", FINDING_OK,
	  "performance on 1 of 1 CPUs" },
	/* Of others than the first: the trial may run there. */
	{ "/sys/devices/system/cpu/cpu10/cpufreq/scaling_governor", "schedutil\n", "frequency governor", FINDING_BETTER,
	  "schedutil on 1 of 2 CPUs" },
	{ "/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n", "turbo", FINDING_BETTER, "on" },
	{ "/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n", "turbo", FINDING_OK, "off" },
	{ "/sys/devices/system/cpu/smt/active", "1\n", "SMT", FINDING_BETTER, "on" },
	{ "/sys/devices/system/cpu/smt/active", "0\n", "SMT", FINDING_OK, "off" },
	{ "/sys/devices/system/cpu/isolated", "2-3\n", "isolated CPUs", FINDING_OK, "2-3" },
	{ "/sys/devices/system/cpu/isolated", "\n", "isolated CPUs", FINDING_BETTER, "none" },
	{ "/proc/stat", "cpu  100 0 100 9700 0 0 0 100 0 0\n", "stolen time", FINDING_BETTER, "1.00 %" },
	{ "/proc/stat", "cpu  100 0 100 9799 0 0 0 1 0 0\n", "stolen time", FINDING_OK, "0.01 %" },
	{ "/proc/loadavg", "4096.00 1.00 1.00 1/100 1\n", "load", FINDING_BETTER, "4096.00" },
	{ "/proc/cpuinfo", "flags\t: fpu hypervisor lahf_lm\n", "virtual machine", FINDING_BETTER, "yes" },
	{ "/proc/cpuinfo", "flags\t: fpu lahf_lm\n", "virtual machine", FINDING_OK, "no" },
};

static void settings_are_read_from_their_files(void **state)
{
	char root[TMP_NAME];
	const char *const remove[] = { "rm", "-rf", "--", root, NULL };
	struct finding f[MACHINE_FINDINGS];
	const struct finding *found;
	struct err e = { "" };
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(tmp_name(root, "machine")));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s: %s", rows[i].path, rows[i].text);
		put(root, rows[i].path, rows[i].text);
		found = find(f, machine_settings(root, f), rows[i].name);
		assert_non_null(found);
		assert_int_equal(found->state, rows[i].state);
		assert_non_null(strstr(found->text, rows[i].found));
		assert_true((found->action[0] == '\0') == (found->state == FINDING_OK));
	}
	assert_int_equal(spawn_wait(remove, &e), 0);
}

/* What a machine does not report is no finding. */
static void what_is_not_told_is_left_out(void **state)
{
	struct finding f[MACHINE_FINDINGS];
	int n = machine_settings("/nonexistent", f);

	(void)state;
	assert_null(find(f, n, "turbo"));
	assert_null(find(f, n, "SMT"));
	assert_null(find(f, n, "stolen time"));
	assert_null(find(f, n, "virtual machine"));
	assert_non_null(find(f, n, "CPUs"));
}

/* A record counts exactly what doctor says can be counted. */
static void counters_are_those_of_a_trial(void **state)
{
	struct finding f[MACHINE_FINDINGS];
	const struct finding *found = find(f, machine_features(f), "hardware counters");
	struct err why = { "" };
	int r = perf_probe(PERF_CYCLES, -1, &why);

	(void)state;
	assert_int_equal(found->state, r ? FINDING_CANNOT : FINDING_OK);
	if (!r)
		return;
	assert_string_equal(found->text, why.text);
	assert_int_equal(strstr(found->action, "root") != NULL, r == -EACCES || r == -EPERM);
}

static void the_kernel_is_asked(void **state)
{
	struct finding f[MACHINE_FINDINGS];
	int i, n = machine_features(f);

	(void)state;
	assert_in_range(n, 1, MACHINE_FINDINGS);
	assert_non_null(find(f, n, "packet sockets"));
	for (i = 0; i < n; i++) {
		assert_true(f[i].text[0]);
		assert_true((f[i].action[0] == '\0') == (f[i].state == FINDING_OK));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_read_from_their_files),
		cmocka_unit_test(what_is_not_told_is_left_out),
		cmocka_unit_test(counters_are_those_of_a_trial),
		cmocka_unit_test(the_kernel_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
