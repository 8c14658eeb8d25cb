// SPDX-License-Identifier: GPL-2.0-or-later
/* One QEMU process that starts from a snapshot, gets a text through fw_cfg, writes to its console and ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/record/lab_protocol.h"
#include "harness/record/inputs.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/qmp.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define RUN_TIMEOUT_S 240 /* host time; a trial that takes longer has hung. RXLAB_TRIAL_TIMEOUT_S=N says otherwise */

int lab_files(struct lab_files *f, const char *side, struct err *e)
{
	if (strpbrk(side, LAB_PATH_NEVER))
		return err_set(e, -EINVAL, "%s: QEMU takes no path with a comma or a quotation mark", side);

	snprintf(f->text, PATH_MAX, "%s/trial", side);
	snprintf(f->console, PATH_MAX, "%s/console", side);
	snprintf(f->trace, PATH_MAX, "%s/trace", side);
	snprintf(f->plugin, PATH_MAX, "%s/plugin", side);
	snprintf(f->profile, PATH_MAX, "%s/profile", side);
	snprintf(f->log, PATH_MAX, "%s/qemu.log", side);
	snprintf(f->wire, PATH_MAX, "%s/wire.pcap", side);
	snprintf(f->sent[0], PATH_MAX, "%s/sent0.pcap", side);
	snprintf(f->sent[1], PATH_MAX, "%s/sent1.pcap", side);
	snprintf(f->events, PATH_MAX, "%s/events", side);
	snprintf(f->input, PATH_MAX, "%s/input", side);
	unlink(f->console);
	unlink(f->trace);
	unlink(f->plugin);
	unlink(f->profile);
	unlink(f->log);
	unlink(f->wire);
	unlink(f->sent[0]);
	unlink(f->sent[1]);
	unlink(f->events);
	return file_replace(f->input, LAB_INPUT_NONE, LAB_INPUT_HEAD, e);
}

int lab_input(const struct lab_files *f, const struct trial *t, struct err *e)
{
	const char *hash = inputs_of_trial(t);
	char path[PATH_MAX], *bytes, *all;
	size_t length;
	int r = hash ? inputs_path(hash, path, e) : 0;

	if (r || !hash)
		return r;
	bytes = file_slurp(path, &length);
	all = bytes ? malloc(LAB_INPUT_HEAD + length + 1) : NULL;
	if (!all) {
		free(bytes);
		return err_sys(e, "%s", path);
	}
	snprintf(all, LAB_INPUT_HEAD + 1, "%15zu\n", length);
	memcpy(all + LAB_INPUT_HEAD, bytes, length);
	r = file_replace(f->input, all, LAB_INPUT_HEAD + length, e);
	free(bytes);
	free(all);
	return r;
}

static int text_write(const struct lab_files *f, const char *text, struct lab_asked asked, struct err *e)
{
	char padded[LAB_FWCFG_BYTES], line[LAB_FWCFG_BYTES - LAB_FWCFG_ASKED + 1];
	size_t n = strlen(text);

	if (n >= LAB_FWCFG_ASKED)
		return err_set(e, -ENOSPC, "the trial's text is too long for the guest");
	memset(padded, ' ', sizeof(padded));
	memcpy(padded, text, n);
	snprintf(line, sizeof(line), LAB_ASKED, asked.fates, asked.code);
	memcpy(padded + LAB_FWCFG_ASKED, line, strlen(line));
	return file_replace(f->text, padded, sizeof(padded), e);
}

/* Dumps have no timer and no state, so the guest does not notice them. */
static void args_dumps(struct lab_qemu_args *a, const struct lab_topology *top, const struct lab_files *f, bool fates)
{
	unsigned int k;

	for (k = 0; k < top->senders; k++) {
		lab_args_add(a, "-object");
		lab_args_add(a, "filter-dump,id=sent%u,netdev=" LAB_SENDER_PORT ",queue=rx,maxlen=64,file=%s", k, k,
			     f->sent[k]);
	}
	if (!fates)
		return;
	lab_args_add(a, "-object");
	lab_args_add(a, "filter-dump,id=wire,netdev=" LAB_DUT_PORT ",queue=tx,maxlen=64,file=%s", f->wire);
}

static void args_start(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top,
		       const struct lab_files *f, const char *ram, const char *plugin, bool fates)
{
	lab_args_machine(a, l, top, NULL);
	lab_args_ram(a, ram, false);
	lab_args_plugin(a, l, top, plugin);
	lab_args_add(a, "-serial");
	lab_args_add(a, "file:%s", f->console);
	lab_args_add(a, "-fw_cfg");
	lab_args_add(a, "name=" LAB_FWCFG_NAME ",file=%s", f->text);
	lab_args_add(a, "-fw_cfg");
	lab_args_add(a, "name=" LAB_FWCFG_INPUT ",file=%s", f->input);
	lab_args_add(a, "-trace");
	lab_args_add(a, LAB_TRACE_WRITTEN);
	lab_args_add(a, "-trace");
	lab_args_add(a, LAB_TRACE_NOT_WRITTEN);
	lab_args_add(a, "-D");
	lab_args_add(a, "%s", f->trace);
	args_dumps(a, top, f, fates);
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

static int load_and_run(struct qmp *q, const char *devices, struct err *e)
{
	char arguments[PATH_MAX + 32];
	int r, status = 0;

	snprintf(arguments, sizeof(arguments), "{\"uri\":\"file:%s\"}", devices);
	/* No announcements: after a migration a machine would send frames to its switch that no sender sent. */
	r = qmp_command(q, "migrate-set-parameters", "{\"announce-rounds\":0}", e);
	r = r ? r : qmp_command(q, "migrate-set-capabilities", LAB_RAM_STAYS, e);
	r = r ? r : qmp_command(q, "migrate-incoming", arguments, e);
	r = r ? r : wait_loaded(q, e);
	r = r ? r : qmp_command(q, "cont", NULL, e);
	r = r ? r : qmp_wait_exit(q, &status, e);
	if (!r && WIFSIGNALED(status))
		r = err_set(e, -EPIPE, "QEMU was ended by signal %d", WTERMSIG(status));
	return r;
}

static uint64_t run_timeout_ns(void)
{
	const char *text = getenv("RXLAB_TRIAL_TIMEOUT_S");
	uint64_t s;

	return (text && !number_parse(text, &s) && s >= 1 && s <= 86400 ? s : RUN_TIMEOUT_S) * 1000000000ULL;
}

/* RXLAB_WAITING=skipped is faster, and an experiment (docs/lab.md). */
static const char *waiting(void)
{
	const char *text = getenv("RXLAB_WAITING");

	return text && !strcmp(text, "skipped") ? "" : ",waiting=executed";
}

int lab_start(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, const char *text,
	      const char *instruments, struct lab_asked asked, struct err *why, struct err *e)
{
	char libraries[PATH_MAX * 2], symbols[2304], plugin[PATH_MAX * 4 + 2816];
	struct lab_qemu_args args;
	struct snapshot snapshot;
	struct qmp q;
	int r;

	r = lab_snapshot(l, top, &snapshot, e);
	r = r ? r : lab_symbols(l, top, symbols, sizeof(symbols), e);
	r = r ? r : text_write(f, text, asked, e);
	if (r)
		return r;
	lab_libraries(l, libraries, sizeof(libraries));
	snprintf(plugin, sizeof(plugin), "out=%s,%s%s%s", f->plugin, symbols, instruments, waiting());
	args_start(&args, l, top, f, snapshot.ram, plugin, asked.fates);
	r = qmp_start(&q, args.argv, libraries, f->log, run_timeout_ns(), why);
	if (!r)
		load_and_run(&q, snapshot.devices, why);
	qmp_kill(&q);
	lab_args_free(&args);
	return 0;
}
