// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and closing: repeatedly, and where opening fails. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/util/file.h"

#define CYCLES 3
#define CYCLES_MOST \
	12 /* malloc() keeps up to seven pieces of each size that were freed: after so many it grows no more */
#define FILES_TRIES 64
#define FRAMES 20
#define MALLOC_BYTES 1024 /* less is not told from what malloc() keeps for itself */

static int cycle(struct stand *s)
{
	struct capture_counts c;
	int r = stand_reopen(s);

	r = r ? r : stand_pass(s, FRAMES, 60);
	r = r ? r : stand_counts(s, &c);
	stand_close(s);
	return r ? r : s->report->verdict != PASSED;
}

/* Does each opening use more memory, up to the last one? */
static int grows(struct stand *s, struct held *last)
{
	struct held now;
	uint64_t more = MALLOC_BYTES + 1;
	int i, r = 0;

	for (i = CYCLES; i < CYCLES_MOST && !r && more > MALLOC_BYTES; i++) {
		r = cycle(s);
		r = r ? r : held_take(s, &now);
		more = !r && now.allocated_bytes > last->allocated_bytes ? now.allocated_bytes - last->allocated_bytes
									 : 0;
		*last = now;
	}
	return r || more <= MALLOC_BYTES ? r
					 : row_failed(s, "opened and closed again: %llu bytes of memory more each time",
						      (unsigned long long)more);
}

/*
 * What a library keeps for the process from its first use on is its own business: but the settings, and what comes with
 * every further opening, are not.
 */
int check_twice(struct stand *s)
{
	struct held h[CYCLES + 1];
	int i, r = held_take(s, &h[0]);

	for (i = 1; i <= CYCLES && !r; i++) {
		r = cycle(s);
		r = r ? r : held_take(s, &h[i]);
	}
	if (r)
		return r;
	r = settings_same(s, &h[0], &h[1], "after the first close");
	for (i = 2; i <= CYCLES && !r; i++)
		r = held_same(s, &h[i - 1], &h[i], "opened and closed again");
	if (!r && h[CYCLES].allocated_bytes > h[CYCLES - 1].allocated_bytes + MALLOC_BYTES)
		r = grows(s, &h[CYCLES]);
	return r;
}

/* A failure is one sentence. */
static int said_once(struct stand *s, int ret, const char *when)
{
	const char *text = s->capture.err.text;

	if (ret > 0)
		return row_failed(s, "%s: open returned %d", when, ret);
	if (!text[0])
		return row_failed(s, "%s: open failed (%d) without a word", when, ret);
	if (strchr(text, '\n'))
		return row_failed(s, "%s: open failed in more than one line: %s", when, text);
	return 0;
}

/* Opens where that may fail: then with a message, and everything undone. */
static int try_once(struct stand *s, const struct held *before, const char *when, int *opened)
{
	struct held after;
	int r = stand_try(s);

	*opened = !r;
	r = r ? said_once(s, r, when) : 0;
	stand_close(s);
	r = r ? r : held_take(s, &after);
	return r ? r : held_same(s, before, &after, when);
}

/* What the process holds after a successful opening. */
static int baseline(struct stand *s, struct held *h)
{
	int r = cycle(s);

	return r ? r : held_take(s, h);
}

int check_no_interface(struct stand *s)
{
	struct place nowhere = *s->place;
	const struct place *here = s->place;
	struct held before, after;
	int r = baseline(s, &before);

	if (r || s->caps & CAPTURE_DELIVERS_NOTHING)
		return r ? r : row_skipped(s, "looks at no interface, as it delivers nothing");
	nowhere.dut = "nosuch0";
	s->place = &nowhere;
	r = stand_try(s);
	if (!r)
		row_failed(s, "opens an interface that is not there");
	else
		said_once(s, r, "no such interface");
	stand_close(s);
	s->place = here;
	if (s->report->verdict != PASSED)
		return -EPROTO;
	held_take(s, &after);
	return held_same(s, &before, &after, "no such interface");
}

static void keep_rights(uint64_t keep)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capget, &head, data);
	data[0].effective &= (uint32_t)keep;
	data[1].effective &= (uint32_t)(keep >> 32);
	syscall(SYS_capset, &head, data);
}

static void all_rights(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	syscall(SYS_capget, &head, data);
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	syscall(SYS_capset, &head, data);
}

int check_rights(struct stand *s)
{
	struct held before, after;
	int opened, r = baseline(s, &before);

	if (r)
		return r;
	/* The trial sets the ground and has the rights for it; asked here is what the row itself needs. */
	r = stand_ground(s);
	if (r)
		return row_failed(s, "the ground: %s", s->capture.err.text);
	keep_rights(0);
	r = stand_try(s);
	opened = !r;
	r = r ? said_once(s, r, "without any right") : 0;
	/* Undoing needs the same rights. */
	all_rights();
	stand_close(s);
	if (!r && opened && s->caps & CAPTURE_NEEDS_ROOT)
		return row_failed(s, "opens without any right, though its row says that it needs root");
	if (!r && !opened && !(s->caps & CAPTURE_NEEDS_ROOT))
		return row_failed(s, "does not open without any right, and its row does not say that it needs root");
	r = r ? r : held_take(s, &after);
	return r ? r : held_same(s, &before, &after, "without any right");
}

/* With nothing open at 0, the first file opened gets descriptor 0, which is as good as any other. */
static int with_file_zero(struct stand *s)
{
	struct held before, after;
	int r;

	close(0);
	r = held_take(s, &before);
	r = r ? r : cycle(s);
	r = r ? r : held_take(s, &after);
	return r ? r : held_same(s, &before, &after, "with file descriptor 0 free");
}

int check_files(struct stand *s)
{
	struct rlimit all, few;
	struct held before, after;
	char when[64];
	int n, ret, r = baseline(s, &before);

	getrlimit(RLIMIT_NOFILE, &all);
	for (n = 0, ret = -1; n < FILES_TRIES && !r && ret; n += s->thorough || !s->place->expendable ? 1 : 3) {
		snprintf(when, sizeof(when), "with at most %d open files", n + 3);
		few = (struct rlimit) { (rlim_t)n + 3, all.rlim_max };
		setrlimit(RLIMIT_NOFILE, &few);
		ret = stand_try(s);
		setrlimit(RLIMIT_NOFILE, &all);
		r = ret ? said_once(s, ret, when) : 0;
		stand_close(s);
		r = r ? r : held_take(s, &after);
		r = r ? r : held_same(s, &before, &after, when);
	}
	if (!r && ret)
		return row_failed(s, "does not open with %d open files", FILES_TRIES);
	return r ? r : with_file_zero(s);
}

static uint64_t address_space(void)
{
	char text[128];

	return file_get_line("/proc/self/statm", text, sizeof(text)) < 0
		       ? 0
		       : strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Opens with so much more memory mapped; *opened: whether that worked. */
static int with_memory(struct stand *s, uint64_t more, const struct held *before, bool *opened)
{
	struct rlimit all, few;
	struct held after;
	char when[64];
	int ret, r;

	snprintf(when, sizeof(when), "with %llu kB to map", (unsigned long long)more >> 10);
	getrlimit(RLIMIT_AS, &all);
	few = (struct rlimit) { address_space() + more, all.rlim_max };
	setrlimit(RLIMIT_AS, &few);
	ret = stand_try(s);
	setrlimit(RLIMIT_AS, &all);
	*opened = !ret;
	r = ret ? said_once(s, ret, when) : 0;
	stand_close(s);
	r = r ? r : held_take(s, &after);
	return r ? r : held_same(s, before, &after, when);
}

/* RLIMIT_MEMLOCK applies only without CAP_IPC_LOCK. */
static int with_none_locked(struct stand *s, const struct held *before)
{
	struct rlimit all;
	int opened, r;

	getrlimit(RLIMIT_MEMLOCK, &all);
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit) { 0, all.rlim_max });
	keep_rights(~(1ULL << CAP_IPC_LOCK));
	r = try_once(s, before, "with RLIMIT_MEMLOCK 0", &opened);
	all_rights();
	setrlimit(RLIMIT_MEMLOCK, &all);
	return r;
}

int check_memory(struct stand *s)
{
	struct held before;
	bool opened = false;
	uint64_t more = 0;
	int r = baseline(s, &before);

	r = r ? r : with_none_locked(s, &before);
	while (!r && !opened && more < 1ULL << 31) {
		r = with_memory(s, more, &before, &opened);
		more = more ? more * (s->thorough ? 4 : 32) : 8192;
	}
	return !r && !opened ? row_failed(s, "does not open with %llu bytes to map", (unsigned long long)more) : r;
}

static int with_value(struct stand *s, const struct capture_param *p, const char *value)
{
	const struct trial as_it_was = s->trial;
	struct held before, after;
	char when[96];
	int r = held_take(s, &before);

	snprintf(when, sizeof(when), "%s=%s", p->name, value);
	r = r ? r : stand_set(s, p->name, value);
	if (r)
		return r;
	r = stand_try(s);
	r = r ? said_once(s, r, when) : 0;
	stand_close(s);
	s->trial = as_it_was;
	r = r ? r : held_take(s, &after);
	return r ? r : held_same(s, &before, &after, when);
}

/* A name that means nothing is refused before anything runs. */
static int with_nonsense(struct stand *s, const struct capture_param *p)
{
	const struct trial as_it_was = s->trial;
	struct err e = { "" };
	int r = stand_set(s, p->name, "no-such-name");

	if (!r && !capture_check(&s->trial, &e))
		r = row_failed(s, "%s=no-such-name is not refused when a trial is planned", p->name);
	s->trial = as_it_was;
	return r;
}

int check_sizes(struct stand *s)
{
	const struct capture_param *p;
	char text[32];
	int r = cycle(s);

	for (p = s->ops->params; p && p->name && !r; p++) {
		if (p->type == PARAM_NAME) {
			r = with_nonsense(s, p);
			continue;
		}
		snprintf(text, sizeof(text), "%llu", (unsigned long long)p->min);
		r = s->thorough || !s->place->expendable ? with_value(s, p, text) : 0;
		snprintf(text, sizeof(text), "%llu", (unsigned long long)(p->type == PARAM_BOOL ? 1 : p->max));
		if (!r && s->place->expendable)
			r = with_value(s, p, text);
	}
	return r || s->ops->params ? r : row_skipped(s, "has no settings");
}

int check_cpu(struct stand *s)
{
	int r;

	stand_one_cpu();
	r = stand_open(s);
	return r ? r : stand_pass(s, 200, 60);
}
