// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames from the wire, each behind its length in two bytes: the sink's checks, each kind of work, flows, verify=1. */
#include <stdlib.h>
#include <string.h>

#include "harness/sink/flow_table.h"
#include "harness/sink/sink.h"
#include "tests/fuzz/fuzz.h"

#define COUNT 100

static struct fuzz_part next_frame(struct fuzz_part *rest)
{
	struct fuzz_part frame = { rest->data + 2, rest->size - 2 };
	size_t n = (size_t)rest->data[0] << 8 | rest->data[1];

	frame.size = n < frame.size ? n : frame.size;
	*rest = (struct fuzz_part) { frame.data + frame.size, rest->size - 2 - frame.size };
	return frame;
}

/* extra: bytes of the frame that were cut off. */
static void taken(struct sink *s, struct fuzz_part rest, uint32_t extra)
{
	sink_batch(s);
	while (rest.size > 2) {
		struct fuzz_part part = next_frame(&rest);
		uint8_t *frame = fuzz_bytes(part);
		struct flow_key key;

		flow_key_of(&key, frame, (uint32_t)part.size);
		sink_packet(s, frame, (uint32_t)part.size, (uint32_t)part.size + extra);
		free(frame);
	}
}

static void counted(const char *work, struct fuzz_part all, uint32_t extra, bool verify)
{
	static const struct verify v = { .on = true, .flows = 2 };
	struct work_setting setting;
	struct outcome *o = malloc(sizeof(*o));
	struct sink s;
	struct err e = { "" };

	FUZZ_EXPECT(o && !work_parse(&setting, work, &e) && !sink_init(&s, 64, COUNT, 2, &e));
	FUZZ_EXPECT(!sink_work(&s, &setting, &e));
	if (verify)
		sink_verify(&s, &v);
	taken(&s, all, extra);
	outcome_init(o);
	sink_fill(&s, o);
	FUZZ_EXPECT(o->capture.unique <= COUNT);
	outcome_free(o);
	sink_free(&s);
	free(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_part all = { data, size };

	counted("count", all, 0, false);
	counted("touch", all, 0, true);
	counted("match:NEEDLE", all, 6, false);
	return 0;
}
