// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm-count IFACE [SECONDS]: counts the frames of an interface, beside the
 * stack, and prints what the kernel counted too. An example of ykvm(3).
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "capture-impls/ykvm/lib/ykvm.h"

#define BUDGET 64
#define SLEEP_NS 100000000ULL

struct counts {
	unsigned long long frames, bytes;
};

/* Frames are looked at where the kernel put them, and given back together. */
static bool count_batch(struct ykvm *y, struct counts *c)
{
	struct ykvm_batch b = ykvm_reader_take(&y->reader, BUDGET);
	const struct ykvm_frame *f;
	const uint8_t *data;

	if (ykvm_batch_empty(&b))
		return false;
	while ((f = ykvm_batch_next(&b, &data))) {
		c->frames++;
		c->bytes += f->len;
	}
	ykvm_reader_release(&y->reader, &b);
	return true;
}

static int count_until(struct ykvm *y, time_t end, struct counts *c)
{
	int ret = 0;

	while (time(NULL) < end && ret >= 0)
		if (!count_batch(y, c))
			ret = ykvm_wait(y, SLEEP_NS);
	return ret == -EINTR ? 0 : ret;
}

int main(int argc, char **argv)
{
	struct ykvm_config cfg = { .interface = argc > 1 ? argv[1] : NULL, .tap = true, .drop_newest = true };
	int seconds = argc > 2 ? atoi(argv[2]) : 10;
	struct counts c = { 0 };
	struct ykvm_stats s;
	char err[YKVM_ERR_BYTES];
	struct ykvm *y;
	int ret;

	if (!cfg.interface || seconds <= 0) {
		fprintf(stderr, "usage: %s IFACE [SECONDS]\n", argv[0]);
		return 2;
	}
	y = ykvm_open(&cfg, err);
	if (!y) {
		fprintf(stderr, "%s: %s\n", argv[0], err);
		return 1;
	}
	ret = count_until(y, time(NULL) + seconds, &c);
	if (ykvm_stats(y, &s) == 0)
		printf("%llu frames of %llu bytes; the kernel: %llu received, %llu dropped\n", c.frames, c.bytes,
		       (unsigned long long)s.received, (unsigned long long)(s.full + s.unreadable));
	ykvm_close(y);
	return ret < 0;
}
