// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One trial in the lab: a QEMU process that starts from the snapshot, gets the
 * trial through fw_cfg, writes its outcome to the serial console and ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/agent/lab_guest.h"
#include "harness/testbeds/lab.h"
#include "harness/testbeds/lab_outside.h"
#include "harness/testbeds/qmp.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define RUN_TIMEOUT_S 240 /* host time; a trial that takes longer has hung. RXLAB_TRIAL_TIMEOUT_S=N says otherwise */
#define CONSOLE_MAX (16 << 20)
#define TAIL_BYTES 160 /* of the console's last words in a reason, which has room for 255 */
#define WORDS_BYTES 96 /* of QEMU's, and then of the console's too */

/*
 * The lab as it was when this process first asked for it: a campaign keeps to
 * one image, whatever is built beside it meanwhile.
 */
static int lab_here(const struct lab **l, struct err *e)
{
	static struct lab here;
	int r = here.identity[0] ? 0 : lab_find(&here, e);

	*l = &here;
	return r;
}

/* A trial's files, all in its side folder. */
struct files {
	char trial[PATH_MAX], console[PATH_MAX], trace[PATH_MAX], plugin[PATH_MAX], log[PATH_MAX];
};

static int files_make(struct files *f, const struct trial *t, const char *side, struct err *e)
{
	char text[LAB_FWCFG_BYTES];
	int n, r;

	if (strpbrk(side, LAB_PATH_NEVER))
		return err_set(e, -EINVAL, "%s: QEMU takes no path with a comma or a quotation mark", side);

	snprintf(f->trial, PATH_MAX, "%s/trial", side);
	snprintf(f->console, PATH_MAX, "%s/console", side);
	snprintf(f->trace, PATH_MAX, "%s/trace", side);
	snprintf(f->plugin, PATH_MAX, "%s/plugin", side);
	snprintf(f->log, PATH_MAX, "%s/qemu.log", side);
	memset(text, ' ', sizeof(text));
	n = trial_format(t, text, sizeof(text));
	if (n < 0)
		return err_set(e, n, "the trial's text is too long for the guest");
	text[n] = ' ';
	unlink(f->console);
	unlink(f->trace);
	unlink(f->plugin);
	unlink(f->log);
	r = file_replace(f->trial, text, sizeof(text), e);
	return r;
}

static void args_trial(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top,
		       const struct files *f, const char *symbols)
{
	char plugin[PATH_MAX + 2560];

	snprintf(plugin, sizeof(plugin), "out=%s,%s", f->plugin, symbols);
	lab_args_plugin(a, l, top, plugin);
	lab_args_add(a, "-serial");
	lab_args_add(a, "file:%s", f->console);
	lab_args_add(a, "-fw_cfg");
	lab_args_add(a, "name=" LAB_FWCFG_NAME ",file=%s", f->trial);
	lab_args_add(a, "-trace");
	lab_args_add(a, LAB_TRACE_WRITTEN);
	lab_args_add(a, "-trace");
	lab_args_add(a, LAB_TRACE_NOT_WRITTEN);
	lab_args_add(a, "-D");
	lab_args_add(a, "%s", f->trace);
	lab_args_add(a, "-qmp");
	lab_args_add(a, "stdio");
	lab_args_add(a, "-incoming");
	lab_args_add(a, "defer");
}

static int wait_loaded(struct qmp *q, struct err *e)
{
	char status[32] = "inmigrate";
	int r = 0;

	while (!r && !strcmp(status, "inmigrate")) {
		usleep(2000);
		r = qmp_status(q, status, e);
	}
	return r;
}

static int load_and_run(struct qmp *q, const char *snapshot, struct err *e)
{
	char arguments[PATH_MAX + 32];
	int r, status = 0;

	snprintf(arguments, sizeof(arguments), "{\"uri\":\"file:%s\"}", snapshot);
	/* A machine that comes out of a migration announces itself to its switch: frames that no sender sent. */
	r = qmp_command(q, "migrate-set-parameters", "{\"announce-rounds\":0}", e);
	r = r ? r : qmp_command(q, "migrate-incoming", arguments, e);
	r = r ? r : wait_loaded(q, e);
	r = r ? r : qmp_command(q, "cont", NULL, e);
	r = r ? r : qmp_wait_exit(q, &status, e);
	if (!r && WIFSIGNALED(status))
		r = err_set(e, -EPIPE, "QEMU was ended by signal %d", WTERMSIG(status));
	return r;
}

/* The last words of a text, on one line. */
static void tail(const char *text, char *to, size_t size)
{
	size_t n = strlen(text);
	char *p;

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	snprintf(to, size, "%.*s", (int)(n < size ? n : size - 1), text + (n < size ? 0 : n - size + 1));
	for (p = to; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '|';
}

/* QEMU's last line, unless it is a mere warning: a machine without a host network always gets one. */
static void qemu_words(const struct files *f, char *to, size_t size)
{
	char *log = NULL, *line;

	to[0] = '\0';
	if (file_read(f->log, CONSOLE_MAX, &log, NULL, NULL))
		return;
	log[strlen(log) - (log[0] && log[strlen(log) - 1] == '\n')] = '\0';
	line = strrchr(log, '\n');
	line = line ? line + 1 : log;
	if (!strstr(line, ": warning: "))
		tail(line, to, size);
	free(log);
}

/* What the guest said at last, or why its kernel gave up, which it says before a page of registers. */
static void console_words(const char *console, char *to, size_t size)
{
	const char *panic = strstr(console, "Kernel panic");

	if (panic)
		snprintf(to, size, "%.*s", (int)strcspn(panic, "\r\n"), panic);
	else
		tail(console, to, size);
}

static void fail_silent(const struct files *f, struct outcome *o, const struct err *why, const char *console)
{
	char last[TAIL_BYTES], words[WORDS_BYTES];

	qemu_words(f, words, sizeof(words));
	console_words(console, last, words[0] ? WORDS_BYTES : TAIL_BYTES);
	outcome_fail(o, TRIAL_FAILED, "the guest gave no outcome (%s)%s%s; console: %s",
		     why->text[0] ? why->text : "it ended by itself", words[0] ? "; QEMU: " : "", words, last);
}

static void read_console(const struct files *f, struct outcome *o, const struct err *why)
{
	char *text = NULL, *at = NULL;
	struct err e = { 0 };

	if (!file_read(f->console, CONSOLE_MAX, &text, NULL, &e))
		at = strstr(text, LAB_LINE_OUTCOME);
	if (at) {
		at[strcspn(at, "\n")] = '\0';
		if (outcome_decode(o, at + strlen(LAB_LINE_OUTCOME), &e))
			outcome_fail(o, TRIAL_FAILED, "the guest's outcome cannot be read: %s", e.text);
	} else {
		fail_silent(f, o, why, text ? text : "");
	}
	free(text);
}

static void read_outside(const struct trial *t, const struct files *f, struct outcome *o)
{
	struct err e = { 0 };

	if (o->status == TRIAL_FAILED)
		return;
	if (lab_outside_trace(f->trace, o, &e) || lab_outside_plugin(f->plugin, t->reader_cpu, o, &e))
		outcome_fail(o, TRIAL_FAILED, "%s", e.text);
	else
		lab_outside_close(t, o);
}

static uint64_t run_timeout_ns(void)
{
	const char *text = getenv("RXLAB_TRIAL_TIMEOUT_S");
	uint64_t s;

	return (text && !number_parse(text, &s) && s >= 1 && s <= 86400 ? s : RUN_TIMEOUT_S) * 1000000000ULL;
}

static int lab_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	struct lab_topology top = lab_topology_of(t);
	struct lab_qemu_args args;
	char snapshot[PATH_MAX], libraries[PATH_MAX * 2], symbols[2048];
	struct err why = { 0 };
	const struct lab *l;
	struct files f;
	struct qmp q;
	int r;

	outcome_init(o);
	r = lab_here(&l, e);
	r = r ? r : lab_snapshot(l, &top, snapshot, e);
	r = r ? r : lab_symbols(l, &top, symbols, sizeof(symbols), e);
	r = r ? r : files_make(&f, t, side, e);
	if (r)
		return r;
	lab_libraries(l, libraries, sizeof(libraries));
	lab_args_machine(&args, l, &top, NULL);
	args_trial(&args, l, &top, &f, symbols);
	r = qmp_start(&q, args.argv, libraries, f.log, run_timeout_ns(), &why);
	if (!r)
		load_and_run(&q, snapshot, &why);
	qmp_kill(&q);
	lab_args_free(&args);
	read_console(&f, o, &why);
	read_outside(t, &f, o);
	if (o->status == TRIAL_OK)
		unlink(f.trace);
	return 0;
}

static int lab_probe(struct err *why)
{
	struct lab l;
	int r = lab_paths(&l, why);

	if (r || !access(l.packages, R_OK) || !access("/usr/bin/apt-get", X_OK))
		return r;
	return err_set(why, -ENOENT, "the lab is not built, and building it needs apt-get (Debian 12 or 13)");
}

static int lab_identity(char id[17], struct err *e)
{
	const struct lab *l;
	int r = lab_here(&l, e);

	if (!r)
		strcpy(id, l->identity);
	return r;
}

static int lab_versions(struct setting *v, int max, struct err *e)
{
	const struct lab *l;
	int r = lab_here(&l, e), n;
	const char *const rows[][2] = {
		{ "kernel", l->kernel_version },	  { "qemu", l->qemu_version },
		{ "qemu_package", l->qemu_package },	  { "kernel_sha256", l->kernel_sha },
		{ "initramfs_sha256", l->initramfs_sha },
	};

	for (n = 0; !r && n < 5 && n < max; n++) {
		snprintf(v[n].key, sizeof(v[n].key), "%s", rows[n][0]);
		snprintf(v[n].value, sizeof(v[n].value), "%s", rows[n][1]);
	}
	return r ? r : n;
}

const struct testbed_ops testbed_lab = {
	.name = "lab",
	.summary = "QEMU guest on a virtual clock: the same trial gives the same record on any machine",
	.clock = "virtual",
	.probe = lab_probe,
	.prepare = lab_build,
	.identity = lab_identity,
	.versions = lab_versions,
	.run = lab_run,
};
