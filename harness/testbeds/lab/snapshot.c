// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the snapshot of a topology: the guest is booted once, stopped at its mark, and written to files. */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/console.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/lab/qmp.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define STALL_NS 300000000000ULL /* real time during which the guest's clock does not move */
#define STALL_CPU_S 15 /* the same, by processor time of QEMU's: it runs, and gets nowhere */
#define BOOT_S 60 /* seconds of the guest's clock; a boot takes 10 */
#define CONSOLE_MAX (16 << 20)
#define TAIL_BYTES 120 /* of the console's last words */
#define RAM_BYTES (512ULL << 20) /* the guest's memory file may grow to this size during the boot */

/* The guest's own message if it could not be made ready, or else what its console said last. */
static int guest_error(const char *console, const struct err *why, struct err *e)
{
	char *text = NULL, *at, last[TAIL_BYTES] = "";
	int r;

	file_read(console, CONSOLE_MAX, &text, NULL, NULL);
	at = text ? strstr(text, LAB_LINE_ERROR) : NULL;
	if (at)
		at[strcspn(at, "\n")] = '\0';
	if (text && !at)
		console_words(text, last, sizeof(last));
	r = err_set(e, -EIO, "the guest cannot be made ready: %s%s%s; its console is in %s",
		    at ? at + strlen(LAB_LINE_ERROR) : why->text, last[0] ? "; it said last: " : "", last, console);
	free(text);
	return r;
}

static int save(struct qmp *q, const char *path, struct err *e)
{
	char arguments[PATH_MAX + 32], status[32] = "";
	int r;

	snprintf(arguments, sizeof(arguments), "{\"uri\":\"file:%s\"}", path);
	r = qmp_command(q, "migrate-set-capabilities", LAB_RAM_STAYS, e);
	r = r ? r : qmp_command(q, "migrate", arguments, e);
	while (!r && strcmp(status, "completed")) {
		usleep(20000);
		r = qmp_migration(q, status, e);
		if (!r && !strcmp(status, "failed"))
			r = err_set(e, -EIO, "QEMU cannot write the snapshot %s", path);
	}
	return r;
}

/* Processor time that QEMU has used, in seconds; 0: unknown. */
static time_t used_s(const struct qmp *q)
{
	struct timespec t;
	clockid_t id;

	return clock_getcpuclockid(q->pid, &id) || clock_gettime(id, &t) ? 0 : t.tv_sec;
}

/* How far a boot has come. */
struct progress {
	uint64_t guest_ns; /* the guest's clock */
	time_t used_s; /* when that last moved */
};

static int get_further(struct qmp *q, struct progress *p, struct err *e)
{
	uint64_t before = p->guest_ns;
	int r = qmp_virtual_ns(q, &p->guest_ns, e);

	if (r)
		return r;
	if (p->guest_ns > BOOT_S * 1000000000ULL)
		return err_set(e, -ETIMEDOUT, "it has not come to its stop mark in %d s of its own clock", BOOT_S);
	if (p->guest_ns == before && used_s(q) - p->used_s > STALL_CPU_S)
		return err_set(e, -ETIMEDOUT, "its clock stands still");
	if (p->guest_ns != before) {
		p->used_s = used_s(q);
		qmp_wait_at_most(q, STALL_NS);
	}
	return 0;
}

/*
 * At the guest's stop mark the plugin creates this file. The wait is limited by the guest's own clock, so
 * that a busy machine may take as long as it needs.
 */
static int wait_stop_mark(struct qmp *q, const char *path, struct err *e)
{
	struct progress p = { 0 };
	int r = 0;

	while (!r && access(path, F_OK)) {
		usleep(20000);
		r = get_further(q, &p, e);
	}
	return r ? r : qmp_command(q, "stop", NULL, e);
}

struct boot {
	char console[PATH_MAX], trial[PATH_MAX], log[PATH_MAX], stop[PATH_MAX];
};

static int boot_files(struct boot *b, const char *folder, struct err *e)
{
	char blank[LAB_FWCFG_BYTES];

	snprintf(b->console, PATH_MAX, "%s/console", folder);
	snprintf(b->trial, PATH_MAX, "%s/trial", folder);
	snprintf(b->log, PATH_MAX, "%s/qemu.log", folder);
	snprintf(b->stop, PATH_MAX, "%s/" NIC_MODEL_FOUND, folder);
	unlink(b->stop);
	memset(blank, ' ', sizeof(blank));
	return file_replace(b->trial, blank, sizeof(blank), e);
}

/* Boots the guest up to the point where it is stopped. */
static int boot_and_save(const struct lab *l, const struct lab_topology *top, const char *folder,
			 const struct snapshot *to, struct err *e)
{
	char libraries[PATH_MAX * 2], plugin[PATH_MAX * 2];
	struct lab_qemu_args a;
	struct err why = { 0 };
	struct boot b = { 0 };
	struct qmp q;
	int r = boot_files(&b, folder, e);

	if (r)
		return r;
	lab_libraries(l, libraries, sizeof(libraries));
	lab_args_machine(&a, l, top, NULL);
	lab_args_ram(&a, to->ram, true);
	snprintf(plugin, sizeof(plugin), "nic=probe,out=%s/plugin,stop=%s", folder, b.stop);
	lab_args_plugin(&a, l, top, plugin);
	lab_args_add(&a, "-serial");
	lab_args_add(&a, "file:%s", b.console);
	lab_args_add(&a, "-fw_cfg");
	lab_args_add(&a, "name=" LAB_FWCFG_NAME ",file=%s", b.trial);
	/* An empty entry of that name, so that all fw_cfg keys are the same as when a trial starts. */
	lab_args_add(&a, "-fw_cfg");
	lab_args_add(&a, "name=" LAB_FWCFG_INPUT ",string=0");
	lab_args_add(&a, "-qmp");
	lab_args_add(&a, "stdio");
	r = qmp_start(&q, a.argv, libraries, b.log, STALL_NS, &why);
	r = r ? r : wait_stop_mark(&q, b.stop, &why);
	if (r)
		guest_error(b.console, &why, e);
	r = r ? r : save(&q, to->devices, e);
	qmp_kill(&q);
	lab_args_free(&a);
	return r;
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
	while (n--)
		if (!strcmp(names[n], name))
			return true;
	return false;
}

static bool is_call(const char *name)
{
	static const char *const calls[] = { LAB_CALL_SYMBOLS };

	return is_among(name, calls, sizeof(calls) / sizeof(calls[0]));
}

static bool is_wait(const char *name)
{
	static const char *const waits[] = { LAB_WAIT_KERNEL_SYMBOLS, LAB_WAIT_AGENT_SYMBOL };

	return is_among(name, waits, sizeof(waits) / sizeof(waits[0]));
}

/* Writes "idle=START-END:...", "calls=NAME@START:..." and "waits=START-END:..." for the plugin, from the guest's console. */
static int symbols_write(const char *folder, struct err *e)
{
	char path[PATH_MAX], idle[1536] = "", calls[256] = "", waits[256] = "", text[2304], name[64];
	char *console, *line, *save_ptr = NULL;
	unsigned long start, end;
	size_t n = 0, c = 0, w = 0;
	int r;

	snprintf(path, sizeof(path), "%s/console", folder);
	r = file_read(path, CONSOLE_MAX, &console, NULL, e);
	if (r)
		return r;
	for (line = strtok_r(console, "\n", &save_ptr); line; line = strtok_r(NULL, "\n", &save_ptr)) {
		if (sscanf(line, LAB_LINE_SYMBOL "%63s %lx %lx", name, &start, &end) != 3)
			continue;
		if (is_call(name))
			c += snprintf(calls + c, sizeof(calls) - c, "%s%s@0x%lx", c ? ":" : "calls=", name, start);
		else if (is_wait(name))
			w += snprintf(waits + w, sizeof(waits) - w, "%s0x%lx-0x%lx", w ? ":" : "waits=", start, end);
		else
			n += snprintf(idle + n, sizeof(idle) - n, "%s0x%lx-0x%lx", n ? ":" : "idle=", start, end);
	}
	free(console);
	if (n >= sizeof(idle) || !n || c >= sizeof(calls) || !c || w >= sizeof(waits) || !w)
		return err_set(e, -EIO, "%s: the guest did not tell its symbols", path);
	n = snprintf(text, sizeof(text), "%s,%s,%s", idle, calls, waits);
	snprintf(path, sizeof(path), "%s/symbols", folder);
	return file_replace(path, text, n, e);
}

/*
 * A kernel that did not boot is booted again only when the lab is prepared anew, and not by each of a campaign's trials.
 * The lab's own kernel is never marked: without it nothing runs.
 */
#define BOOT_FAILED "failed"

void lab_boot_retry(const struct lab *l)
{
	char pattern[PATH_MAX + 16];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*/" BOOT_FAILED, l->image);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

static int failed_before(const char *folder, struct err *e)
{
	char path[PATH_MAX + 16], text[400];

	snprintf(path, sizeof(path), "%s/" BOOT_FAILED, folder);
	return file_get_line(path, text, sizeof(text)) > 0 ? err_set(e, -EIO, "%s", text) : 0;
}

static void mark_failed(const struct lab *l, const char *folder, const struct err *e)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/" BOOT_FAILED, folder);
	if (l->kernel[0])
		file_replace(path, e->text, strlen(e->text), NULL);
}

/* If the disk became full, a signal would end QEMU in the middle of the boot. */
static int room_for_ram(const char *folder, struct err *e)
{
	struct statvfs v;

	if (statvfs(folder, &v))
		return err_sys(e, "%s", folder);
	if ((uint64_t)v.f_bavail * v.f_frsize < RAM_BYTES)
		return err_set(e, -ENOSPC,
			       "%s: the snapshot needs %llu MB of disk, of which it gives back four in five", folder,
			       RAM_BYTES >> 20);
	return 0;
}

/* Makes an empty folder for a snapshot's files; removes what an interrupted attempt left. */
static int fresh_folder(struct snapshot *fresh, const char *path, struct err *e)
{
	char folder[PATH_MAX + 8];
	const char *const argv[] = { "rm", "-rf", "--", folder, NULL };
	int r;

	snprintf(folder, sizeof(folder), "%s.new", path);
	r = spawn_wait(argv, e);
	if (r)
		return r > 0 ? err_set(e, -EIO, "%s cannot be removed", folder) : r;
	snapshot_name(fresh, folder);
	r = file_mkdirs(folder, e);
	return r ? r : room_for_ram(folder, e);
}

static int snapshot_make(const struct lab *l, const struct lab_topology *top, const char *folder, const char *path,
			 struct err *e)
{
	struct snapshot fresh;
	int r;

	fprintf(stderr,
		"rxlab: booting the guest for its snapshot (%u sender%s, reader on CPU %u, %u interrupt CPU%s)\n",
		top->senders, top->senders > 1 ? "s" : "", top->reader_cpu, top->interrupt_cpus,
		top->interrupt_cpus > 1 ? "s" : "");
	r = fresh_folder(&fresh, path, e);
	r = r ? r : boot_and_save(l, top, folder, &fresh, e);
	r = r ? r : symbols_write(folder, e);
	r = r ? r : snapshot_seal(&fresh, e);
	if (!r && rename(fresh.folder, path))
		r = err_sys(e, "%s", path);
	return r;
}

static int snapshot_once(const struct lab *l, const struct lab_topology *top, const char *path, struct err *e)
{
	char folder[PATH_MAX];
	struct err why = { "" };
	int lock, r;

	lab_topology_folder(l, top, folder, sizeof(folder));
	r = file_mkdirs(folder, e);
	if (r)
		return r;
	lock = lab_lock(folder, e);
	if (lock < 0)
		return lock;
	r = access(path, F_OK) ? failed_before(folder, e) : 0;
	if (!r && access(path, F_OK)) {
		r = snapshot_make(l, top, folder, path, &why);
		if (r)
			mark_failed(l, folder, &why);
		if (r)
			err_set(e, r, "%s", why.text);
	}
	close(lock);
	return r;
}

int lab_snapshot(const struct lab *l, const struct lab_topology *top, struct snapshot *s, struct err *e)
{
	char folder[PATH_MAX - 64], path[PATH_MAX];
	int r = 0;

	lab_topology_folder(l, top, folder, sizeof(folder));
	if (snprintf(path, sizeof(path), "%s/stopped", folder) >= PATH_MAX - 64)
		return err_set(e, -ENAMETOOLONG, "%s: too long a path", folder);
	snapshot_name(s, path);
	if (access(path, F_OK))
		r = snapshot_once(l, top, path, e);
	r = r ? r : nic_model_found(folder, l->qemu_version, e);
	return r ? r : snapshot_check(s, e);
}

int lab_symbols(const struct lab *l, const struct lab_topology *top, char *text, size_t size, struct err *e)
{
	char folder[PATH_MAX], path[PATH_MAX + 16];
	int n;

	lab_topology_folder(l, top, folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/symbols", folder);
	n = file_get_line(path, text, size);
	return n < 0 ? err_set(e, n, "%s: %s", path, strerror(-n)) : 0;
}
