// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A start of the guest from its snapshot, with a script in QEMU's place that keeps what it was given. What a guest says is
 * the lab's tests'; here it is what is asked of QEMU, and what becomes of one that does not do it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

static struct lab lab;
static struct lab_files files;
static struct lab_topology top = { .senders = 2, .reader_cpu = 1, .cpus = 3, .sender1_cpu = 2 };
static struct err e, why;

static void put(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];

	assert_int_equal(file_mkdirs(folder, &e), 0);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_replace(path, text, strlen(text), &e), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* What QEMU does with each of its commands, which is in $line; $console is its guest's. */
static void qemu_does(const char *each)
{
	char folder[PATH_MAX], script[4096];

	snprintf(folder, sizeof(folder), "%s/qemu/usr/bin", lab.packages);
	snprintf(script, sizeof(script),
		 "#!/bin/sh\n"
		 "side=%s/side\n"
		 "for word; do case $word in file:*/console) console=${word#file:};; esac; done\n"
		 "printf '%%s\\n' \"$@\" >$side/given\n"
		 "while read -r line; do echo \"$line\" >>$side/asked; case $line in %s\n"
		 "*query-status*) echo '{\"return\": {\"status\": \"paused\"}}';;\n"
		 "*) echo '{\"return\": {}}';; esac; done\n",
		 scratch, each);
	put(folder, "qemu-system-x86_64", script);
}

static int a_lab(void **state)
{
	char folder[PATH_MAX], here[PATH_MAX - 512], side[PATH_MAX];
	struct snapshot snapshot;

	if (scratch_folder(state) || !realpath(scratch, side))
		return -1;
	snprintf(here, sizeof(here), "%.3000s", side);
	memset(&lab, 0, sizeof(lab));
	snprintf(lab.packages, sizeof(lab.packages), "%s/packages", here);
	lab_set_kernel(&lab, NULL);
	snprintf(lab.image, sizeof(lab.image), "%s/image", here);
	lab_topology_folder(&lab, &top, folder, sizeof(folder));
	snprintf(side, sizeof(side), "%.3000s/stopped", folder);
	snapshot_name(&snapshot, side);
	put(snapshot.folder, "ram", "the memory");
	put(snapshot.folder, "devices", "the machine");
	if (snapshot_seal(&snapshot, &e))
		return -1;
	put(folder, NIC_MODEL_FOUND, "chip\n");
	put(folder, "symbols", "idle=1-2,calls=igb_poll@3\n");
	snprintf(side, sizeof(side), "%s/side", here);
	e.text[0] = why.text[0] = '\0';
	return file_mkdirs(side, &e) || lab_files(&files, side, &e);
}

static int start(const char *text, bool fates)
{
	return lab_start(&lab, &top, &files, text, ",profile=/p", (struct lab_asked) { fates, true }, &why, &e);
}

static char *side_file(const char *name)
{
	char path[PATH_MAX];
	char *text = NULL;

	snprintf(path, sizeof(path), "%s/side/%s", scratch, name);
	if (file_read(path, 1 << 20, &text, NULL, &e))
		fail_msg("%s", e.text);
	return text;
}

static void has(char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		assert_string_equal(text, wanted);
}

#define RUNS "*cont*) echo 'hello from the guest' >$console; echo '{\"return\": {}}'; exit 1;;"

static void what_qemu_is_given(void **state)
{
	char *given, *asked, *text;

	(void)state;
	qemu_does(RUNS);
	assert_int_equal(start("testbed=lab", true), 0);
	assert_string_equal(why.text, "");
	given = side_file("given");
	has(given, "-plugin\n");
	has(given, ",idle=1-2,calls=igb_poll@3,profile=/p,waiting=executed\n");
	has(given, "side/plugin,");
	has(given, "name=" LAB_FWCFG_NAME ",file=");
	has(given, "name=" LAB_FWCFG_INPUT ",file=");
	has(given, "filter-dump,id=sent1,netdev=h1,queue=rx,maxlen=64,file=");
	has(given, "filter-dump,id=wire,netdev=h2,queue=tx,maxlen=64,file=");
	has(given, "-incoming\ndefer\n");
	asked = side_file("asked");
	has(asked, "migrate-set-parameters\",\"arguments\":{\"announce-rounds\":0}");
	has(asked, "/devices\"}}\n{\"execute\":\"query-status\"}\n{\"execute\":\"cont\"}\n");
	text = side_file("console");
	assert_string_equal(text, "hello from the guest\n");
	free(given);
	free(asked);
	free(text);
}

/* An experiment, which nobody gets who does not ask for it. */
static void waiting_is_skipped_where_it_is_asked_for(void **state)
{
	char *given;

	(void)state;
	qemu_does(RUNS);
	setenv("RXLAB_WAITING", "skipped", 1);
	assert_int_equal(start("testbed=lab", false), 0);
	unsetenv("RXLAB_WAITING");
	given = side_file("given");
	has(given, ",idle=1-2,calls=igb_poll@3,profile=/p\n");
	free(given);
}

/* The text always has the same length; the wire is dumped only for fates. */
static void the_text_is_padded(void **state)
{
	char *given, *text;

	(void)state;
	qemu_does(RUNS);
	assert_int_equal(start("testbed=lab", false), 0);
	given = side_file("given");
	assert_null(strstr(given, "id=wire"));
	text = side_file("trial");
	assert_int_equal(strlen(text), LAB_FWCFG_BYTES);
	assert_int_equal(strncmp(text, "testbed=lab  ", 13), 0);
	assert_int_equal(text[LAB_FWCFG_ASKED + LAB_ASKED_FATES], '0');
	assert_int_equal(text[LAB_FWCFG_ASKED + LAB_ASKED_CODE], '1');
	free(given);
	free(text);
}

static void a_text_that_is_too_long(void **state)
{
	static char text[LAB_FWCFG_ASKED + 1];

	(void)state;
	memset(text, 'x', LAB_FWCFG_ASKED);
	assert_int_equal(start(text, false), -ENOSPC);
	assert_string_equal(e.text, "the trial's text is too long for the guest");
}

/* A failure of QEMU is the trial's reason, not an error of the testbed. */
static void a_qemu_that_fails(void **state)
{
	(void)state;
	qemu_does("*migrate-incoming*) echo '{\"error\": {\"desc\": \"not a snapshot\"}}';;");
	assert_int_equal(start("testbed=lab", false), 0);
	assert_string_equal(why.text, "QEMU refused migrate-incoming: not a snapshot");
	why.text[0] = '\0';
	qemu_does("*cont*) echo '{\"return\": {}}'; kill -9 $$;;");
	assert_int_equal(start("testbed=lab", false), 0);
	assert_string_equal(why.text, "QEMU was ended by signal 9");
	why.text[0] = '\0';
	setenv("RXLAB_TRIAL_TIMEOUT_S", "1", 1);
	qemu_does("*cont*) echo '{\"return\": {}}'; exec sleep 60;;");
	assert_int_equal(start("testbed=lab", false), 0);
	assert_string_equal(why.text, "QEMU did not end in time");
	unsetenv("RXLAB_TRIAL_TIMEOUT_S");
}

/* Read once for each snapshot and kept in a file, to which a trial's console is appended. */
static void the_layout_is_asked_once(void **state)
{
	char *text = NULL;

	(void)state;
	qemu_does("*cont*) { echo; echo '@f 1000 do_idle'; echo '" LAB_LINE_LAYOUT_END
		  "'; } >$console; echo '{\"return\": {}}'; exit 1;;");
	if (lab_layout(&lab, &top, NULL, &text, &e))
		fail_msg("%s", e.text);
	assert_string_equal(text, "\n@f 1000 do_idle\n@end\n\n");
	free(text);
	qemu_does("*cont*) exit 7;;");
	snprintf(files.console, sizeof(files.console), "%s/symbols", scratch);
	put(scratch, "symbols", "@m 2000 100 ykvm\n");
	assert_int_equal(lab_layout(&lab, &top, &files, &text, &e), 0);
	assert_string_equal(text, "\n@f 1000 do_idle\n@end\n\n@m 2000 100 ykvm\n");
	free(text);
}

static void a_layout_that_is_not_whole(void **state)
{
	char *text = NULL;

	(void)state;
	qemu_does("*cont*) echo '@f 1000 do_idle' >$console; echo '{\"return\": {}}'; exit 1;;");
	assert_int_equal(lab_layout(&lab, &top, NULL, &text, &e), -EIO);
	has(e.text, "the guest did not tell where its code lies (it ended too early)");
	assert_null(text);
}

static void paths_that_qemu_cannot_take(void **state)
{
	(void)state;
	assert_int_equal(lab_files(&files, "/a,b", &e), -EINVAL);
	assert_string_equal(e.text, "/a,b: QEMU takes no path with a comma or a quotation mark");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_lab, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_qemu_is_given),	   TEST(the_text_is_padded),
		TEST(a_text_that_is_too_long),	   TEST(a_qemu_that_fails),
		TEST(the_layout_is_asked_once),	   TEST(a_layout_that_is_not_whole),
		TEST(paths_that_qemu_cannot_take), TEST(waiting_is_skipped_where_it_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
