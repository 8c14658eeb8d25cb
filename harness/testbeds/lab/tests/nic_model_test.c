// SPDX-License-Identifier: GPL-2.0-or-later
/* Which NIC a trial asks for, and how the plugin's finding is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/lab/nic_model.h"
#include "harness/tests/tmpdir.h"

static struct trial trial_with(const char *nic, const char *testbed)
{
	struct trial t;

	trial_init(&t);
	strcpy(t.testbed, testbed);
	if (nic)
		assert_int_equal(trial_set(&t, NIC_MODEL_KEY, nic, NULL), 0);
	return t;
}

static void test_setting(void **state)
{
	static const struct {
		const char *nic, *testbed, *model;
		int result;
	} rows[] = {
		{ NULL, "lab", "chip", 0 },
		{ "chip", "lab", "chip", 0 },
		{ "as-is", "lab", "as-is", 0 },
		{ "as_is", "lab", "as_is", -EINVAL },
		{ "as-is", "netns", "as-is", -EINVAL },
		{ NULL, "netns", "chip", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_with(rows[i].nic, rows[i].testbed);
		struct err e = { "" };

		assert_string_equal(nic_model_of_trial(&t), rows[i].model);
		assert_int_equal(nic_model_check(&t, &e), rows[i].result);
		assert_int_equal(e.text[0] != 0, rows[i].result != 0);
	}
}

/* A trial of another NIC is another trial. */
static void test_it_is_part_of_the_trial(void **state)
{
	struct trial t = trial_with(NULL, "lab"), u = trial_with("as-is", "lab");
	char a[17], b[17];

	(void)state;
	trial_id(&t, a);
	trial_id(&u, b);
	assert_string_not_equal(a, b);
}

static void confirm(const char *asked, const char *there, bool fine)
{
	struct trial t = trial_with(asked, "lab");
	struct outcome o;

	outcome_init(&o);
	if (there)
		assert_int_equal(outcome_knob(&o, NIC_MODEL_KEY, there), 0);
	nic_model_confirm(&t, &o);
	assert_int_equal(o.status, fine ? TRIAL_OK : TRIAL_FAILED);
	outcome_free(&o);
}

static void test_another_nic_than_asked_for_fails_the_trial(void **state)
{
	(void)state;
	confirm(NULL, "chip", true);
	confirm("as-is", "as-is", true);
	confirm(NULL, "as-is", false);
	confirm("as-is", "chip", false);
	confirm(NULL, NULL, false);
}

static int found(const char *folder, const char *word, struct err *e)
{
	char path[TMP_NAME + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/" NIC_MODEL_FOUND, folder);
	unlink(path);
	if (word) {
		f = fopen(path, "w");
		fprintf(f, "%s\n", word);
		fclose(f);
	}
	return nic_model_found(folder, "11.1.3", e);
}

static void test_what_the_plugin_found(void **state)
{
	char folder[TMP_NAME], path[TMP_NAME + 16];
	struct err none = { "" }, other = { "" }, missing = { "" };

	(void)state;
	assert_non_null(mkdtemp(tmp_name(folder, "nic")));
	assert_int_equal(found(folder, "chip", &none), 0);
	assert_int_equal(found(folder, "QEMU's igb takes a unit of EITR for 250 ns, not for 1024", &other), -ENOTSUP);
	assert_string_equal(other.text,
			    "QEMU 11.1.3 cannot be the lab's NIC: QEMU's igb takes a unit of EITR for 250 ns, "
			    "not for 1024");
	assert_int_equal(found(folder, NULL, &missing), -ENOENT);
	snprintf(path, sizeof(path), "%s/" NIC_MODEL_FOUND, folder);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setting),
		cmocka_unit_test(test_it_is_part_of_the_trial),
		cmocka_unit_test(test_another_nic_than_asked_for_fails_the_trial),
		cmocka_unit_test(test_what_the_plugin_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
