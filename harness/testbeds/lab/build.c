// SPDX-License-Identifier: GPL-2.0-or-later
/* Building the lab: packages, image, snapshots. Each step is done once and kept in the cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/lab/qmp.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define BOOT_TIMEOUT_NS 300000000000ULL
#define CONSOLE_MAX (16 << 20)

int lab_lock(const char *folder, struct err *e)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "%s", path);
	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR) {
			close(fd);
			return err_sys(e, "%s", path);
		}
	}
	return fd;
}

static int run_script(const struct lab *l, const char *script, const char *const args[], struct err *e)
{
	const char *argv[8] = { "sh" };
	char path[PATH_MAX];
	int i, r;

	snprintf(path, sizeof(path), "%s/harness/testbeds/lab/%s", l->root, script);
	argv[1] = path;
	for (i = 0; args[i]; i++)
		argv[i + 2] = args[i];
	argv[i + 2] = NULL;
	r = spawn_wait(argv, e);
	return r > 0 ? err_set(e, -EIO, "the lab cannot be built: %s failed (status %d)", script, r) : r;
}

static int copy(const char *from, const char *to, struct err *e)
{
	const char *const argv[] = { "cp", "--", from, to, NULL };
	int r = spawn_wait(argv, e);

	return r > 0 ? err_set(e, -EIO, "cannot copy %s", from) : r;
}

/* A campaign keeps to its plugin too, whatever is built meanwhile, and to the agent's names. */
static int image_companions(const struct lab *l, struct err *e)
{
	static const char *const names[] = { "rxlab-tcg.so", "rxlab-agent.whole" };
	char from[PATH_MAX], to[PATH_MAX];
	int i, r = 0;

	for (i = 0; i < 2 && !r; i++) {
		snprintf(from, sizeof(from), "%s/build/%s", l->root, names[i]);
		snprintf(to, sizeof(to), "%s/%s", l->image, names[i]);
		r = copy(from, to, e);
	}
	return r;
}

static int image_build(struct lab *l, struct err *e)
{
	char kmod[PATH_MAX], agent[PATH_MAX], out[PATH_MAX], info[PATH_MAX];
	const char *args[] = { l->packages, kmod, agent, out, NULL };
	int r = lab_image_folder(l, e);

	if (r)
		return r;
	snprintf(info, sizeof(info), "%s/info", l->image);
	if (!access(info, R_OK))
		return 0;
	fprintf(stderr, "rxlab: building the guest's image\n");
	snprintf(kmod, sizeof(kmod), "%s/kmod", l->root);
	snprintf(agent, sizeof(agent), "%s/build/rxlab-agent", l->root);
	snprintf(out, sizeof(out), "%s/initramfs", l->image);
	r = file_mkdirs(l->image, e);
	r = r ? r : run_script(l, "image.sh", args, e);
	r = r ? r : image_companions(l, e);
	return r ? r : lab_describe(l, e);
}

int lab_build(struct err *e)
{
	char path[PATH_MAX];
	struct lab l;
	int lock, r = lab_paths(&l, e);
	const char *args[] = { l.cache, NULL };

	r = r ? r : file_mkdirs(l.cache, e);
	if (r)
		return r;
	lock = lab_lock(l.cache, e);
	if (lock < 0)
		return lock;
	r = run_script(&l, "fetch-packages.sh", args, e);
	r = r ? r : run_script(&l, "dpdk.sh", args, e);
	r = r ? r : image_build(&l, e);
	close(lock);
	r = r ? r : lab_find(&l, e);
	return r ? r : lab_snapshot(&l, &lab_first_topology, path, e);
}

void lab_libraries(const struct lab *l, char *text, size_t size)
{
	snprintf(text, size, "%s/qemu/usr/lib/x86_64-linux-gnu:%s/qemu/lib/x86_64-linux-gnu", l->packages, l->packages);
}

/* What the guest said when it could not be made ready. */
static int guest_error(const char *console, const struct err *why, struct err *e)
{
	char *text = NULL, *at;
	int r;

	file_read(console, CONSOLE_MAX, &text, NULL, NULL);
	at = text ? strstr(text, LAB_LINE_ERROR) : NULL;
	if (at)
		at[strcspn(at, "\n")] = '\0';
	r = err_set(e, -EIO, "the guest cannot be made ready: %s; its console is in %s",
		    at ? at + strlen(LAB_LINE_ERROR) : why->text, console);
	free(text);
	return r;
}

static int save(struct qmp *q, const char *path, struct err *e)
{
	char arguments[PATH_MAX + 32], status[32] = "";
	int r;

	snprintf(arguments, sizeof(arguments), "{\"uri\":\"file:%s\"}", path);
	r = qmp_command(q, "migrate", arguments, e);
	while (!r && strcmp(status, "completed")) {
		usleep(20000);
		r = qmp_migration(q, status, e);
		if (!r && !strcmp(status, "failed"))
			r = err_set(e, -EIO, "QEMU cannot write the snapshot %s", path);
	}
	return r;
}

/* The plugin makes this file, with what it found of the NIC, when the guest has come to the stop mark. */
static int wait_stop_mark(struct qmp *q, const char *path, struct err *e)
{
	char status[32];
	int r = 0;

	while (!r && access(path, F_OK)) {
		usleep(20000);
		r = qmp_status(q, status, e);
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
static int boot_and_save(const struct lab *l, const struct lab_topology *top, const char *folder, const char *to,
			 struct err *e)
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
	snprintf(plugin, sizeof(plugin), "nic=probe,out=%s/plugin,stop=%s", folder, b.stop);
	lab_args_plugin(&a, l, top, plugin);
	lab_args_add(&a, "-serial");
	lab_args_add(&a, "file:%s", b.console);
	lab_args_add(&a, "-fw_cfg");
	lab_args_add(&a, "name=" LAB_FWCFG_NAME ",file=%s", b.trial);
	/* An entry of that name, so that the keys of all are the same as when a trial starts. */
	lab_args_add(&a, "-fw_cfg");
	lab_args_add(&a, "name=" LAB_FWCFG_INPUT ",string=0");
	lab_args_add(&a, "-qmp");
	lab_args_add(&a, "stdio");
	r = qmp_start(&q, a.argv, libraries, b.log, BOOT_TIMEOUT_NS, &why);
	r = r ? r : wait_stop_mark(&q, b.stop, &why);
	if (r)
		guest_error(b.console, &why, e);
	r = r ? r : save(&q, to, e);
	qmp_kill(&q);
	lab_args_free(&a);
	return r;
}

static bool is_call(const char *name)
{
	static const char *const calls[] = { LAB_CALL_SYMBOLS };
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i], name))
			return true;
	return false;
}

/* "idle=START-END:..." and "calls=NAME@START:..." for the plugin, out of the guest's console. */
static int symbols_write(const char *folder, struct err *e)
{
	char path[PATH_MAX], idle[1536] = "", calls[256] = "", text[2048], name[64], *console, *line, *save_ptr = NULL;
	unsigned long start, end;
	size_t n = 0, c = 0;
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
		else
			n += snprintf(idle + n, sizeof(idle) - n, "%s0x%lx-0x%lx", n ? ":" : "idle=", start, end);
	}
	free(console);
	if (n >= sizeof(idle) || !n || c >= sizeof(calls) || !c)
		return err_set(e, -EIO, "%s: the guest did not tell its symbols", path);
	n = snprintf(text, sizeof(text), "%s,%s", idle, calls);
	snprintf(path, sizeof(path), "%s/symbols", folder);
	return file_replace(path, text, n, e);
}

static int snapshot_make(const struct lab *l, const struct lab_topology *top, const char *folder, const char *path,
			 struct err *e)
{
	char fresh[PATH_MAX + 8];
	int r;

	fprintf(stderr, "rxlab: booting the guest for its snapshot (%u sender%s, reader on CPU %u)\n", top->senders,
		top->senders > 1 ? "s" : "", top->reader_cpu);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	r = boot_and_save(l, top, folder, fresh, e);
	r = r ? r : symbols_write(folder, e);
	if (!r && rename(fresh, path))
		r = err_sys(e, "%s", path);
	return r;
}

int lab_snapshot(const struct lab *l, const struct lab_topology *top, char path[PATH_MAX], struct err *e)
{
	char folder[PATH_MAX];
	int lock, r;

	lab_topology_folder(l, top, folder, sizeof(folder));
	if (snprintf(path, PATH_MAX, "%s/snapshot", folder) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "%s: too long a path", folder);
	if (!access(path, R_OK))
		return nic_model_found(folder, l->qemu_version, e);
	r = file_mkdirs(folder, e);
	if (r)
		return r;
	lock = lab_lock(folder, e);
	if (lock < 0)
		return lock;
	if (access(path, R_OK))
		r = snapshot_make(l, top, folder, path, e);
	close(lock);
	return r ? r : nic_model_found(folder, l->qemu_version, e);
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

int lab_status(FILE *f)
{
	char nic[NIC_MODEL_TEXT];
	struct err e = { 0 };
	struct lab l;
	int r = lab_find(&l, &e);

	fprintf(f, "cache     %s\n", l.cache);
	if (r) {
		fprintf(f, "state     %s\n", e.text);
		return r;
	}
	fprintf(f, "image     %s\n", l.image);
	fprintf(f, "identity  %s\n", l.identity);
	fprintf(f, "kernel    %s\n", l.kernel_version);
	fprintf(f, "qemu      %s (%s)\n", l.qemu_version, l.qemu_package);
	r = nic_model_here(nic);
	fprintf(f, "nic       %s\n", r == -ENOENT ? "not known before its first snapshot" : nic);
	fprintf(f, "state     %s\n", r == -ENOTSUP ? "no trial can run: the NIC" : "ready");
	return r == -ENOTSUP ? r : 0;
}

int lab_shell(struct err *e)
{
	char libraries[PATH_MAX * 2];
	struct lab_qemu_args a;
	struct lab l;
	int r = lab_build(e);

	r = r ? r : lab_find(&l, e);
	if (r)
		return r;
	lab_libraries(&l, libraries, sizeof(libraries));
	lab_args_machine(&a, &l, &lab_first_topology, "rxlab.shell=1");
	lab_args_add(&a, "-serial");
	lab_args_add(&a, "mon:stdio");
	fprintf(stderr, "rxlab: a prompt in the guest in about 15 s; 'exit' ends it, Ctrl-A x kills it\n");
	setenv("LD_LIBRARY_PATH", libraries, 1);
	r = spawn_wait((const char *const *)a.argv, e);
	lab_args_free(&a);
	return r < 0 ? r : 0;
}

int lab_clean(struct err *e)
{
	char images[PATH_MAX];
	struct lab l;
	int r = lab_paths(&l, e);
	const char *const argv[] = { "rm", "-rf", "--", images, NULL };

	if (r)
		return r;
	snprintf(images, sizeof(images), "%s/images", l.cache);
	r = spawn_wait(argv, e);
	if (!r)
		fprintf(stderr, "rxlab: images and snapshots removed; the packages stay in %s\n", l.packages);
	return r > 0 ? err_set(e, -EIO, "%s cannot be removed whole", images) : r;
}
