// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/campaign/kernel_needs.h"
#include "harness/testbeds/lab/kernel_list.h"
#include "harness/util/number.h"

#define IGB_RING "256" /* descriptors, where the trial does not set rx_ring */

/* The first release that has it. */
static const struct need {
	const char *capture; /* NULL: any */
	const char *key, *value; /* key NULL: always; value NULL: any but 0 */
	const char *since, *what;
} needs[] = {
	{ "af-xdp", "mode", "zerocopy", "6.14", "AF_XDP without copies in the driver igb" },
	{ "af-xdp", "busy_usecs", NULL, "5.11", "preferred busy polling" },
	{ "io-uring", NULL, NULL, "6.0", "multishot recvmsg" },
	{ "bpf-ringbuf", NULL, NULL, "5.8", "the BPF ring buffer" },
	{ NULL, "threaded", NULL, "5.12", "threads for NAPI" },
};

static bool applies(const struct need *n, const struct trial *t)
{
	const struct capture_ops *lowest = capture_lowest(capture_find(t->capture), t);
	const char *value = n->key ? trial_get(t, n->key) : NULL;

	if (n->capture && strcmp(lowest->name, n->capture))
		return false;
	if (!n->key)
		return true;
	return value && (n->value ? !strcmp(value, n->value) : strcmp(value, "0") != 0);
}

/* igb gives frames out twice where the memory of a socket without copies ends before its ring does (docs/kernels.md). */
static int memory_check(const struct trial *t, struct err *e)
{
	const char *mode = trial_get(t, "mode"), *frames = trial_get(t, "frames"), *ring = trial_get(t, "rx_ring");
	const struct capture_ops *lowest = capture_lowest(capture_find(t->capture), t);
	uint64_t has, needs;

	if (strcmp(lowest->name, "af-xdp") || !mode || strcmp(mode, "zerocopy") || !frames ||
	    number_parse(frames, &has) || number_parse(ring ? ring : IGB_RING, &needs) || has >= needs)
		return 0;
	return err_set(e, -EINVAL,
		       "%s with mode=zerocopy: frames=%s is less memory than the NIC's ring has descriptors (%" PRIu64
		       "): igb gives frames out twice then",
		       t->capture, frames, needs);
}

int kernel_needs_check(const struct trial *t, const char *kernel, struct err *e)
{
	const struct need *n;

	if (!isdigit((unsigned char)kernel[0]))
		return memory_check(t, e);
	for (n = needs; n < needs + sizeof(needs) / sizeof(needs[0]); n++) {
		if (!applies(n, t) || kernel_compare(kernel, n->since) >= 0)
			continue;
		return err_set(e, -EINVAL, "%s%s%s%s%s cannot run on kernel %s: it needs %s, which Linux has since %s",
			       t->capture, n->key ? " with " : "", n->key ? n->key : "", n->key ? "=" : "",
			       n->key ? trial_get(t, n->key) : "", kernel, n->what, n->since);
	}
	return memory_check(t, e);
}
