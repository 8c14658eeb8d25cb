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
#include "harness/record/settings.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/testbeds/lab/console.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/limits.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/cachedir.h"
#include "harness/util/file.h"

#define LAB_ROOM (800ULL << 20) /* packages, image and snapshots */
#define CONSOLE_MAX (16 << 20)
#define TAIL_BYTES 160 /* of the console's last words; a reason holds 255 bytes */
#define KERNELS_AT_ONCE 64 /* in one campaign */
#define WORDS_BYTES 96 /* of QEMU's last words, and then also of the console's */

/*
 * The lab with a trial's kernel as it was when this process first asked for it: a campaign keeps to one image a kernel,
 * whatever is built beside it meanwhile.
 */
static int lab_here(const struct trial *t, const struct lab **l, struct err *e)
{
	static struct lab *heres[KERNELS_AT_ONCE];
	const char *kernel = lab_kernel_of(t);
	size_t i;
	int r;

	for (i = 0; i < KERNELS_AT_ONCE && heres[i]; i++) {
		*l = heres[i];
		if (!strcmp((*l)->kernel, kernel ? kernel : ""))
			return 0;
	}
	if (i == KERNELS_AT_ONCE)
		return err_set(e, -E2BIG, "more than %d kernels at once", KERNELS_AT_ONCE);
	heres[i] = calloc(1, sizeof(*heres[i]));
	*l = heres[i];
	r = heres[i] ? lab_find(heres[i], kernel, e) : err_set(e, -ENOMEM, "out of memory");
	if (r) {
		free(heres[i]);
		heres[i] = NULL;
	}
	return r;
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
		console_tail(line, to, size);
	free(log);
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
	    lab_schedule_read(t, f, o, &e) || lab_mix_read(t, f, o, &e) ||
	    (t->instruments && lab_profile(l, &top, f, side, o, &e))) {
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
	lab_mix_check(t, o);
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

/* Can the trial run on this kernel? If not, the outcome has the reason. */
static bool kernel_serves(const struct trial *t, const struct lab *l, struct outcome *o)
{
	const struct capture_ops *lowest = capture_lowest(capture_find(t->capture), t);
	struct lab_topology top = lab_topology_of(t);
	struct snapshot s;
	struct err why = { "" };

	if (!l->kernel[0])
		return true;
	if (l->without[0] && lowest->caps & CAPTURE_NEEDS_MODULE)
		outcome_fail(o, TRIAL_FAILED, "kernel %s is without our modules: %s", l->kernel, l->without);
	else if (lab_snapshot(l, &top, &s, &why))
		outcome_fail(o, TRIAL_FAILED, "kernel %s: %s", l->kernel, why.text);
	return o->status != TRIAL_FAILED;
}

/* What enters the guest: it knows of no other kernel than its own. */
static int guest_text(const struct trial *t, char *text, size_t size, struct err *e)
{
	struct trial inside = *t;
	int r;

	trial_unset(&inside, KERNEL_KEY);
	r = trial_format(&inside, text, size);
	return r < 0 ? err_set(e, r, "the trial's text is too long for the guest") : 0;
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
	r = lab_here(t, &l, e);
	if (r || !kernel_serves(t, l, o))
		return r;
	r = lab_files(&f, side, e);
	if (r)
		return r;
	r = lab_input(&f, t, e);
	r = r ? r : instruments_text(t, l, &f, instruments, sizeof(instruments), e);
	if (r)
		return r;
	r = guest_text(t, text, sizeof(text), e);
	if (r)
		return r;
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

static int lab_prepare(const struct trial *t, struct err *e)
{
	return lab_build_kernel(lab_kernel_of(t), e);
}

static int lab_identity(const struct trial *t, char id[17], struct err *e)
{
	const struct lab *l;
	int r = lab_here(t, &l, e);

	if (!r)
		strcpy(id, l->identity);
	return r;
}

static int lab_versions(const struct trial *t, struct setting *v, int max, struct err *e)
{
	const struct lab *l;
	int r = lab_here(t, &l, e), n;

	if (r)
		return r;
	const char *const rows[][2] = {
		{ "kernel", l->kernel_version },	  { "qemu", l->qemu_version },
		{ "qemu_package", l->qemu_package },	  { "kernel_sha256", l->kernel_sha },
		{ "initramfs_sha256", l->initramfs_sha },
	};

	for (n = 0; n < 5 && n < max; n++) {
		snprintf(v[n].key, sizeof(v[n].key), "%s", rows[n][0]);
		snprintf(v[n].value, sizeof(v[n].value), "%s", rows[n][1]);
	}
	return n;
}

const struct testbed_ops testbed_lab = {
	.name = "lab",
	.summary = "QEMU guest on a virtual clock: the same trial gives the same record on any machine",
	.clock = CLOCK_VIRTUAL,
	.caps = TESTBED_OWN_KERNEL,
	.limits = lab_limits,
	.probe = lab_probe,
	.prepare = lab_prepare,
	.identity = lab_identity,
	.versions = lab_versions,
	.run = lab_run,
};
