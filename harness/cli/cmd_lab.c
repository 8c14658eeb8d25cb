// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab lab: the virtual-time testbed itself. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/cli/cmd_option.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/testbeds/lab/lab.h"

static const char help[] =
	"usage: rxlab lab build|status|shell|clean|kernels [--json]\n"
	"\n"
	"  build    make the guest image and the snapshot from which trials start, if they do not exist\n"
	"  status   print what exists and what is missing; exit status 0 if the lab is ready\n"
	"  shell    a shell in the guest, on this terminal\n"
	"  clean    remove image and snapshots\n"
	"  kernels  ask the mirror which kernels it has; list them and what of them is here\n";

static int status_shown(struct err *e)
{
	int ret = lab_status(stdout);

	return ret ? err_set(e, ret, "not ready") : 0;
}

static int kernels(int argc, char **argv)
{
	struct err e = { "" };
	bool json = argc == 3 && !strcmp(argv[2], "--json");

	if (argc > 2 && !json)
		return cmd_usage(argv[0], "kernels: the only option is --json");
	return lab_kernels_show(stdout, json, &e) ? cmd_failed(argv[0], "kernels: %s", e.text) : 0;
}

int cmd_lab(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct err *e);
	} verbs[] = {
		{ "build", lab_build },
		{ "status", status_shown },
		{ "shell", lab_shell },
		{ "clean", lab_clean },
	};
	struct err e = { "" };
	size_t i;

	if (cmd_help(argv[1], help))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "kernels"))
		return kernels(argc, argv);
	if (argc != 2)
		return cmd_usage(argv[0], "one of build, status, shell, clean, kernels");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]))
			continue;
		if (verbs[i].run(&e))
			return cmd_failed(argv[0], "%s: %s", argv[1], e.text[0] ? e.text : "failed");
		return 0;
	}
	return cmd_usage(argv[0], "unknown verb '%s'%s", argv[1],
			 cmd_meant(argv[1], (const char *[]) { "build", "status", "shell", "clean", NULL }));
}
