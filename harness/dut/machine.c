// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/dut/machine.h"
#include "harness/meters/perf.h"
#include "harness/util/file.h"

#define STEAL_PER_MILLE 5 /* more of it means that another virtual machine interrupts our work */
#define LOAD_PER_CPU 0.5

__attribute__((format(printf, 5, 6))) static void found(struct finding *f, const char *name, enum finding_state state,
							const char *action, const char *fmt, ...)
{
	va_list ap;

	f->name = name;
	f->state = state;
	f->action = state == FINDING_OK ? "" : action;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void kernel_version(struct finding *f)
{
	struct utsname u = { 0 };

	uname(&u);
	found(f, "kernel", FINDING_OK, "", "%s %s", u.release, u.machine);
}

static void btf(struct finding *f)
{
	bool there = access("/sys/kernel/btf/vmlinux", R_OK) == 0;

	found(f, "BPF types", there ? FINDING_OK : FINDING_CANNOT, "a kernel with CONFIG_DEBUG_INFO_BTF",
	      there ? "/sys/kernel/btf/vmlinux" : "no /sys/kernel/btf/vmlinux");
}

static void socket_of(struct finding *f, const char *name, int family, const char *action)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, 0), r = errno;

	found(f, name, fd >= 0 ? FINDING_OK : FINDING_CANNOT, action, "%s", fd >= 0 ? "there" : strerror(r));
	if (fd >= 0)
		close(fd);
}

static void namespaces(struct finding *f)
{
	char text[32] = "0";

	file_get_line("/proc/sys/user/max_user_namespaces", text, sizeof(text));
	found(f, "user namespaces", atoi(text) > 0 ? FINDING_OK : FINDING_CANNOT,
	      "sysctl user.max_user_namespaces, or run as root", "at most %s", text);
}

/* Asks for perf counters as a trial does, including the kernel's part: those refused here are null in records. */
static void perf(struct finding *f)
{
	struct err why = { "" };
	int r = perf_probe(PERF_CYCLES, -1, &why);

	found(f, "hardware counters", r ? FINDING_CANNOT : FINDING_OK,
	      r == -EACCES || r == -EPERM
		      ? "run as root or with CAP_PERFMON"
		      : "a machine that has a PMU; a virtual one has it where its host passes it on",
	      "%s", r ? why.text : "cycles can be counted");
}

static void pktgen(struct finding *f)
{
	bool there = access("/proc/net/pktgen", F_OK) == 0;

	found(f, "pktgen", there ? FINDING_OK : FINDING_CANNOT,
	      "modprobe pktgen; on netns use txring or xdp-live, the lab has its own", there ? "loaded" : "not loaded");
}

int machine_features(struct finding *f)
{
	int n = 0;

	kernel_version(&f[n++]);
	btf(&f[n++]);
	socket_of(&f[n++], "AF_XDP", AF_XDP, "a kernel with CONFIG_XDP_SOCKETS, CAP_NET_RAW");
	socket_of(&f[n++], "packet sockets", AF_PACKET, "CAP_NET_RAW, or run as root");
	namespaces(&f[n++]);
	perf(&f[n++]);
	pktgen(&f[n++]);
	return n;
}

/* A line of a file below root; "" if there is no such file. */
static const char *line_of(const char *root, const char *path, char text[256])
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	if (file_get_line(whole, text, 256) < 0)
		text[0] = '\0';
	return text;
}

/* Each CPU may have its own governor. */
static int governor(const char *root, struct finding *f)
{
	char pattern[512], text[256], other[256] = "";
	glob_t files = { 0 };
	size_t i, others = 0;

	snprintf(pattern, sizeof(pattern), "%s/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", root);
	if (glob(pattern, 0, NULL, &files))
		return 0;
	for (i = 0; i < files.gl_pathc; i++) {
		if (!strcmp(line_of("", files.gl_pathv[i], text), "performance"))
			continue;
		strcpy(other, text);
		others++;
	}
	found(f, "frequency governor", others ? FINDING_BETTER : FINDING_OK, "cpupower frequency-set -g performance",
	      "%.60s on %zu of %zu CPUs", others ? other : "performance", others ? others : files.gl_pathc,
	      files.gl_pathc);
	globfree(&files);
	return 1;
}

/* Two files give the same fact, with opposite meanings of 0 and 1. */
static int turbo(const char *root, struct finding *f)
{
	char off[256], on[256];
	bool boosts;

	line_of(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", off);
	line_of(root, "/sys/devices/system/cpu/cpufreq/boost", on);
	if (!off[0] && !on[0])
		return 0;
	boosts = off[0] ? off[0] == '0' : on[0] == '1';
	found(f, "turbo", boosts ? FINDING_BETTER : FINDING_OK,
	      "write 1 to intel_pstate/no_turbo or 0 to cpufreq/boost: the clock then does not depend on heat", "%s",
	      boosts ? "on" : "off");
	return 1;
}

static int smt(const char *root, struct finding *f)
{
	char text[256];

	if (!line_of(root, "/sys/devices/system/cpu/smt/active", text)[0])
		return 0;
	found(f, "SMT", text[0] == '1' ? FINDING_BETTER : FINDING_OK,
	      "write off to /sys/devices/system/cpu/smt/control, or leave siblings idle: rxlab takes them last", "%s",
	      text[0] == '1' ? "on" : "off");
	return 1;
}

static int isolated(const char *root, struct finding *f)
{
	char text[256];

	line_of(root, "/sys/devices/system/cpu/isolated", text);
	found(f, "isolated CPUs", text[0] ? FINDING_OK : FINDING_BETTER,
	      "boot with isolcpus= and nohz_full= for sender and reader, and name them by RXLAB_CPUS", "%.100s",
	      text[0] ? text : "none");
	return 1;
}

/* "cpu user nice system idle iowait irq softirq steal ..." since the start. */
static int steal(const char *root, struct finding *f)
{
	unsigned long long v[8] = { 0 }, all = 0;
	char text[256];
	int i, n;

	n = sscanf(line_of(root, "/proc/stat", text), "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1],
		   &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	for (i = 0; i < n; i++)
		all += v[i];
	if (n < 8 || !all)
		return 0;
	found(f, "stolen time", v[7] * 1000 > all * STEAL_PER_MILLE ? FINDING_BETTER : FINDING_OK,
	      "a machine of its own: others had this one's CPUs meanwhile", "%.2f %% since the start",
	      100.0 * (double)v[7] / (double)all);
	return 1;
}

static int virtual_machine(const char *root, struct finding *f)
{
	char path[512], *text;
	bool inside;

	snprintf(path, sizeof(path), "%s/proc/cpuinfo", root);
	text = file_slurp(path, NULL);
	if (!text)
		return 0;
	inside = strstr(text, " hypervisor") != NULL;
	free(text);
	found(f, "virtual machine", inside ? FINDING_BETTER : FINDING_OK,
	      "bare metal for wall-clock numbers; the lab's do not depend on it", "%s", inside ? "yes" : "no");
	return 1;
}

static int load(const char *root, struct finding *f)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char text[256];
	double average;

	if (sscanf(line_of(root, "/proc/loadavg", text), "%lf", &average) != 1)
		return 0;
	found(f, "load", average > LOAD_PER_CPU * (double)cpus ? FINDING_BETTER : FINDING_OK,
	      "wait until nothing else runs; the lab's numbers do not depend on it", "%.2f on %ld CPUs", average, cpus);
	return 1;
}

static int cpus(const char *root, struct finding *f)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	(void)root;
	found(f, "CPUs", n < 3 ? FINDING_BETTER : FINDING_OK,
	      n < 2 ? "two: here sender and reader share one, and a reader that never sleeps holds the sender up"
		    : "three, so that the rest of the machine has one beside sender and reader",
	      "%ld", n);
	return 1;
}

int machine_settings(const char *root, struct finding *f)
{
	static int (*const looks[])(const char *root,
				    struct finding *f) = { cpus,     governor, turbo, smt,
							   isolated, steal,    load,  virtual_machine };
	size_t i;
	int n = 0;

	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		n += looks[i](root, &f[n]);
	return n;
}
