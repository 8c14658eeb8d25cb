// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm-user: ykvm's ring over buffers that this process allocated and the
 * kernel pinned, as ykvm in everything else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "capture-impls/ykvm/rings.h"
#include "harness/util/textfile.h"

#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"
#define HUGE_PAGE_BYTES 2097152ULL

static const struct capture_param params[] = {
	YKVM_PARAMS_HOOK,
	YKVM_PARAM(huge_pages, BOOL, "0", 0, 1, "0 or 1: buffers in huge pages of 2 MiB, reserved for the trial"),
	{ 0 },
};

static int huge_pages_restore(const char *target, const char *value, struct err *e)
{
	int ret = textfile_write(target, value);

	return ret ? err_set(e, ret, "%s: cannot write %s", target, value) : 0;
}

/* Has the kernel reserve what the ring needs beyond what it reserves now. */
static int huge_pages_reserve(struct capture *c, const struct ykvm_rings *r)
{
	uint64_t bytes = (uint64_t)(r->buffers + YKVM_BATCH_MAX) * r->buffer_bytes;
	char old[32], wanted[32];
	int ret = textfile_read_line(HUGE_PAGES, old, sizeof(old));

	if (ret < 0)
		return err_set(&c->err, ret, "%s: cannot be read", HUGE_PAGES);
	snprintf(wanted, sizeof(wanted), "%llu",
		 strtoull(old, NULL, 10) + (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES);
	ret = undo_push(c->undo, huge_pages_restore, HUGE_PAGES, old);
	if (ret == 0)
		ret = textfile_write(HUGE_PAGES, wanted);
	if (ret != 0)
		return err_set(&c->err, ret, "%s: cannot write %s", HUGE_PAGES, wanted);
	return outcome_knob(c->outcome, "nr_hugepages", wanted);
}

static int open_user(struct capture *c)
{
	struct ykvm_rings *r = c->priv;
	int ret = r->huge_pages ? huge_pages_reserve(c, r) : 0;

	return ret ? ret : ykvm_rings_open(c, &(struct ykvm_config) { .user_memory = true });
}

const struct capture_ops capture_ykvm_user = {
	.name = "ykvm-user",
	.summary = "kernel module: as ykvm, into memory that the reader allocated",
	.caps = YKVM_CAPS | CAPTURE_TAKES_FRAMES,
	.priv_size = sizeof(struct ykvm_rings),
	.params = params,
	.probe = ykvm_rings_probe,
	.open = open_user,
	YKVM_RINGS_HOOKS,
};
