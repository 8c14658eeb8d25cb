// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/pollers.h"
#include "harness/util/file.h"

int pollers_pin(const char *ifname, uint32_t cpu, struct err *e)
{
	char path[300], name[64], wanted[32];
	struct dirent *d;
	DIR *dir = opendir("/proc");
	cpu_set_t set;
	int n = 0;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	snprintf(wanted, sizeof(wanted), "napi/%s-", ifname);
	while (dir && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		if (!atoi(d->d_name) || file_get_line(path, name, sizeof(name)) < 0)
			continue;
		if (!strncmp(name, wanted, strlen(wanted)))
			n += !sched_setaffinity(atoi(d->d_name), sizeof(set), &set);
	}
	if (dir)
		closedir(dir);
	return n ? 0 : err_set(e, -ESRCH, "no thread of the kernel polls %s", ifname);
}
