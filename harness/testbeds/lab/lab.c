// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One trial in the lab: a QEMU process that starts from the snapshot, gets the
 * trial through fw_cfg, writes its outcome to the serial console and ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/limits.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/cachedir.h"
#include "harness/util/file.h"

#define LAB_ROOM (800ULL << 20) /* packages, image and snapshots */
#define CONSOLE_MAX (16 << 20)
#define TAIL_BYTES 160 /* of the console's last words; a reason holds 255 bytes */
#define WORDS_BYTES 96 /* of QEMU's last words, and then also of the console's */

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

/* QEMU's last line, unless it is only a warning: a machine without a host network always causes one. */
static void qemu_words(const struct lab_files *f, char *to, size_t size)
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

/* The guest's last words or, after a panic, its reason, which comes before a page of registers. */
static void console_words(const char *console, char *to, size_t size)
{
	const char *panic = strstr(console, "Kernel panic");

	if (panic)
		snprintf(to, size, "%.*s", (int)strcspn(panic, "\r\n"), panic);
	else
		tail(console, to, size);
}

static void fail_silent(const struct lab_files *f, struct outcome *o, const struct err *why, const char *console)
{
	char last[TAIL_BYTES], words[WORDS_BYTES];

	qemu_words(f, words, sizeof(words));
	console_words(console, last, words[0] ? WORDS_BYTES : TAIL_BYTES);
	outcome_fail(o, TRIAL_FAILED, "the guest gave no outcome (%s)%s%s; console: %s",
		     why->text[0] ? why->text : "it ended by itself", words[0] ? "; QEMU: " : "", words, last);
}

static void read_console(const struct lab_files *f, struct outcome *o, const struct err *why)
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

/* Some captures always replace the driver; others with some settings, and report it as the knob `driver`. */
static bool own_driver(const struct trial *t, const struct outcome *o)
{
	uint32_t i;

	for (i = 0; i < o->n_knobs; i++)
		if (!strcmp(o->knobs[i].key, "driver"))
			return true;
	return capture_own_driver(capture_find(t->capture), t);
}

static void read_outside(const struct trial *t, const struct lab *l, const struct lab_files *f, const char *side,
			 struct outcome *o)
{
	struct lab_topology top = lab_topology_of(t);
	struct err e = { 0 };

	if (o->status == TRIAL_FAILED)
		return;
	if (host_counters_trace(f->trace, o, &e) ||
	    host_counters_plugin(f->plugin, top.interrupt_cpus, top.dut_cpus, o, &e) ||
	    host_counters_sent(f->sent[0], t->senders > 1 ? f->sent[1] : NULL, o, &e) ||
	    lab_schedule_read(t, f, o, &e) || (t->instruments && lab_profile(l, &top, f, side, o, &e))) {
		outcome_fail(o, TRIAL_FAILED, "%s", e.text);
		return;
	}
	/* The plugin knows only the snapshot's driver: its polls, and where it hands frames up. */
	if (own_driver(t, o)) {
		o->irq.polls = (struct counter) { 0 };
		o->nic.stack = (struct counter) { 0 };
	}
	nic_model_confirm(t, o);
	host_counters_close(t, o);
	lab_schedule_check(t, o);
	if (own_driver(t, o))
		o->drops[DROP_XDP] = counter_of(0); /* our drivers do not support XDP */
	if (t->fates && lab_fates(l, t, f, side, o, &e))
		outcome_fail(o, TRIAL_FAILED, "%s", e.text);
}

static void profile_arguments(const struct trial *t, const struct lab_topology *top, const struct lab_files *f,
			      char *text, size_t size)
{
	size_t n = snprintf(text, size, ",profile=%s,profiled=%u", f->profile, LAB_CPU_DUT);
	unsigned int i;

	for (i = 1; i < top->dut_cpus && n < size; i++)
		n += snprintf(text + n, size - n, ":%u", LAB_CPU_DUT + i);
	if (n < size)
		snprintf(text + n, size - n, ",memory=%s", t->instruments == INSTRUMENTS_MEMORY ? "on" : "off");
}

static int instruments_text(const struct trial *t, const struct lab *l, const struct lab_files *f, char *text,
			    size_t size, struct err *e)
{
	const struct lab_topology top = lab_topology_of(t);
	size_t n;

	n = snprintf(text, size, ",nic=%s", nic_model_of_trial(t));
	if (t->instruments)
		profile_arguments(t, &top, f, text + n, size - n);
	n = strlen(text);
	return t->fates ? lab_fates_arguments(l, &top, f, text + n, size - n, e) : 0;
}

/* Large, and already counted into the record: delete. */
static void traces_forget(const struct lab_files *f)
{
	unlink(f->trace);
	unlink(f->wire);
	unlink(f->sent[0]);
	unlink(f->sent[1]);
	unlink(f->events);
	unlink(f->input);
}

static int lab_run(const struct trial *t, struct outcome *o, const char *side, struct err *e)
{
	struct lab_topology top = lab_topology_of(t);
	char text[LAB_FWCFG_BYTES], instruments[PATH_MAX * 2 + 1024];
	struct err why = { 0 };
	const struct lab *l;
	struct lab_files f;
	int r;

	outcome_init(o);
	r = lab_here(&l, e);
	r = r ? r : lab_files(&f, side, e);
	if (r)
		return r;
	r = lab_input(&f, t, e);
	r = r ? r : instruments_text(t, l, &f, instruments, sizeof(instruments), e);
	if (r)
		return r;
	r = trial_format(t, text, sizeof(text));
	if (r < 0)
		return err_set(e, r, "the trial's text is too long for the guest");
	r = lab_start(l, &top, &f, text, instruments,
		      (struct lab_asked) { .fates = t->fates, .code = t->instruments || t->fates }, &why, e);
	if (r)
		return r;
	read_console(&f, o, &why);
	read_outside(t, l, &f, side, o);
	if (o->status == TRIAL_OK)
		traces_forget(&f);
	return 0;
}

static int lab_probe(struct err *why)
{
	struct lab l;
	uint64_t left;
	int r = lab_paths(&l, why);

	r = r ? r : cache_probe(&left, why);
	if (r || !access(l.packages, R_OK))
		return r;
	if (access("/usr/bin/apt-get", X_OK))
		return err_set(why, -ENOENT, "the lab is not built, and building it needs apt-get (Debian 12 or 13)");
	if (left < LAB_ROOM)
		return err_set(why, -ENOSPC, "the lab is not built, and needs %d MB; %s has %d left",
			       (int)(LAB_ROOM >> 20), l.cache, (int)(left >> 20));
	return 0;
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
	.clock = CLOCK_VIRTUAL,
	.caps = TESTBED_OWN_KERNEL,
	.limits = lab_limits,
	.probe = lab_probe,
	.prepare = lab_build,
	.identity = lab_identity,
	.versions = lab_versions,
	.run = lab_run,
};
