// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU writes on its control channel. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/testbeds/lab/qmp.h"
#include "tests/fuzz/fuzz.h"

static struct qmp *channel(const char *path)
{
	struct qmp *q = calloc(1, sizeof(*q));

	FUZZ_EXPECT(q);
	qmp_wait_at_most(q, 1000000000);
	q->in = open("/dev/null", O_WRONLY | O_CLOEXEC);
	q->out = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_EXPECT(q->in > 0 && q->out > 0);
	return q;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmp *q = channel(fuzz_file(0, (struct fuzz_part) { data, size }));
	struct err e = { "" };
	char status[32];
	uint64_t ns;

	fuzz_answer(qmp_command(q, "stop", NULL, &e), &e);
	fuzz_answer(qmp_status(q, status, &e), &e);
	fuzz_answer(qmp_migration(q, status, &e), &e);
	fuzz_answer(qmp_virtual_ns(q, &ns, &e), &e);
	while (!qmp_command(q, "cont", NULL, &e))
		;
	qmp_kill(q);
	free(q);
	return 0;
}
