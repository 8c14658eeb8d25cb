// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab doctor: the machine as rxlab sees it: what it has and lacks, and what would make numbers better. Changes nothing. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_option.h"
#include "harness/dut/machine.h"
#include "harness/testbeds/netns/placement.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/cachedir.h"
#include "harness/util/spawn.h"

static const char help[] =
	"usage: rxlab doctor [--json]\n"
	"\n"
	"Reports what rxlab finds on this machine: tools and their packages, the cache and its free space,\n"
	"testbeds and what each of them lacks, captures and generators\n"
	"on this machine's kernel, the kernel's features, the CPUs and what they share, and what would make\n"
	"wall-clock numbers better. Each line begins with ok, missing, cannot or better, and says what to do.\n"
	"Exit status: 0 at least one testbed works, 1 none does.\n";

static const struct {
	const char *tool;
	const char *package; /* Debian's */
	const char *purpose;
	const char *testbed; /* the testbed that cannot run without it; NULL: all need it */
} tools[] = {
	{ "python3", "python3", "analysis, trials.csv", NULL },
	{ "gnuplot", "gnuplot-nox", "plots", NULL },
	{ "cpio", "cpio", "testbed lab: guest image", "lab" },
	{ "addr2line", "binutils", "profiles: names of the agent's functions", NULL },
	{ "dpkg-deb", "dpkg", "testbed lab: QEMU, kernel and tools of the guest", "lab" },
};

#define ROOM_LEAST (1ULL << 30) /* bytes for the lab and files of trials */

struct report {
	json_t *rows; /* NULL: print each as it comes */
	int testbeds; /* how many work */
};

static void say(struct report *r, const char *section, const char *name, const char *state, const char *text,
		const char *action)
{
	if (r->rows) {
		json_array_append_new(r->rows,
				      json_pack("{s:s,s:s,s:s,s:s,s:s?}", "section", section, "name", name, "state",
						state, "text", text, "action", action[0] ? action : NULL));
		return;
	}
	printf("%-8s %-10s %-20s %s%s%s\n", state, section, name, text, action[0] ? "; " : "", action);
}

static void say_tools(struct report *r)
{
	char action[64];
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		int missing = spawn_find(tools[i].tool, NULL) != 0;

		snprintf(action, sizeof(action), "in package %s", tools[i].package);
		say(r, "tool", tools[i].tool, missing ? "missing" : "ok", tools[i].purpose, missing ? action : "");
	}
}

static void say_cache(struct report *r)
{
	struct err why = { "" };
	char path[512] = "", text[640];
	uint64_t left;

	if (cache_path(path, sizeof(path), &why) || cache_probe(&left, &why)) {
		say(r, "cache", "folder", "cannot", why.text, "set RXLAB_CACHE to a folder that you can write");
		return;
	}
	snprintf(text, sizeof(text), "%s, %.1f GB left", path, (double)left / (1 << 30));
	say(r, "cache", "folder", left < ROOM_LEAST ? "better" : "ok", text,
	    left < ROOM_LEAST ? "the lab and the files of trials need about 1 GB" : "");
}

/* The first tool that this testbed needs and this machine lacks. */
static int tool_missing(const char *testbed, struct err *why)
{
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (tools[i].testbed && !strcmp(tools[i].testbed, testbed) && spawn_find(tools[i].tool, NULL))
			return err_set(why, -ENOENT, "it needs %s, in package %s", tools[i].tool, tools[i].package);
	return 0;
}

static void say_testbed(struct report *r, const struct testbed_ops *bed)
{
	struct err why = { "" };
	int cannot = (bed->probe && bed->probe(&why)) || tool_missing(bed->name, &why);

	say(r, "testbed", bed->name, cannot ? "cannot" : "ok", cannot ? why.text : bed->summary, "");
	r->testbeds += !cannot;
}

/* Reports a table's row by its probe. */
static void say_row(struct report *r, const char *section, const char *name, const char *summary,
		    int (*probe)(struct err *why))
{
	struct err why = { "" };
	int cannot = probe && probe(&why);

	say(r, section, name, cannot ? "cannot" : "ok", cannot ? why.text : summary, "");
}

static void say_capture(struct report *r, const struct capture_ops *ops)
{
	struct err why = { "" };
	int cannot = check_row_on(testbed_find("netns"), ops, &why);

	say(r, "capture", ops->name, cannot ? "cannot" : "ok", cannot ? why.text : ops->summary, "");
}

/* For this machine's kernel; the lab's guest has its own. */
static void say_tables(struct report *r)
{
	int i;

	for (i = 0; testbeds[i]; i++)
		say_testbed(r, testbeds[i]);
	for (i = 0; captures[i]; i++)
		say_capture(r, captures[i]);
	for (i = 0; generators[i]; i++)
		say_row(r, "generator", generators[i]->name, generators[i]->summary, generators[i]->probe);
}

/* The only fact about a testbed that is known only after it is built. */
static void say_nic(struct report *r)
{
	char text[NIC_MODEL_TEXT];
	int ret = nic_model_here(text);

	if (ret == -ENOENT)
		say(r, "nic", "lab", "better", "which model it is shows once the lab is built", "./rxlab lab build");
	else
		say(r, "nic", "lab", ret ? "cannot" : "ok", text, "");
	r->testbeds -= ret && ret != -ENOENT;
}

static void say_findings(struct report *r, const char *section, const struct finding *f, int n)
{
	static const char *const states[] = { "ok", "cannot", "better" };
	int i;

	for (i = 0; i < n; i++)
		say(r, section, f[i].name, states[f[i].state], f[i].text, f[i].action);
}

static void say_placement(struct report *r)
{
	static const char *const roles[] = { "sender", "reader", "second sender" };
	struct err why = { "" };
	struct placement p;
	char text[64];
	unsigned int i;

	if (placement_here(&p, &why)) {
		say(r, "cpu", "topology", "cannot", why.text, "");
		return;
	}
	say(r, "cpu", "topology", "ok", p.topology, "");
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "CPU %u%s%s%s", p.cpu[i % p.n], i ? " (with the sender: " : "",
			 i ? placement_shared(&p, i) : "", i ? ")" : "");
		say(r, "cpu", roles[i], i < p.n ? "ok" : "better", text,
		    i < p.n ? "" : "a CPU more: it shares one with another part of a trial");
	}
}

static int print(json_t *rows)
{
	char *text = json_dumps(rows, JSON_INDENT(2));

	json_decref(rows);
	if (!text)
		return cmd_failed("rxlab doctor", "out of memory");
	puts(text);
	free(text);
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	struct finding f[MACHINE_FINDINGS];
	struct report r = { 0 };
	int i;

	for (i = 1; i < argc; i++) {
		if (cmd_help(argv[i], help))
			return 0;
		if (strcmp(argv[i], "--json") && strcmp(argv[i], "-j"))
			return cmd_unexpected(argv[0], argv[i], (const char *[]) { "--json", NULL });
		r.rows = r.rows ? r.rows : json_array();
	}
	say_tools(&r);
	say_cache(&r);
	say_tables(&r);
	say_nic(&r);
	say_findings(&r, "kernel", f, machine_features(f));
	say_placement(&r);
	say_findings(&r, "setting", f, machine_settings("", f));
	if (r.rows && print(r.rows))
		return 1;
	return r.testbeds ? 0 : 1;
}
