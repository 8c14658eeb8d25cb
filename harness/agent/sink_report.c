// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports what the sink saw of each sequence number, after the measurement. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/agent/guest.h"

/* "LENGTH:MARKS" for each run of numbers of which the same was seen, from 1 on. */
static void stream_tell(const struct sink_stream *st, uint32_t k, FILE *out)
{
	uint32_t first = 1, seq;

	fprintf(out, LAB_LINE_SEEN "%u", k);
	for (seq = 1; seq <= st->count; seq++) {
		if (seq < st->count && sink_seen(st, seq + 1) == sink_seen(st, seq))
			continue;
		fprintf(out, " %u:%x", seq + 1 - first, sink_seen(st, seq));
		first = seq + 1;
	}
	fputc('\n', out);
}

void guest_seen(const struct sink *s)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	uint32_t k;

	if (!out)
		return;
	fputc('\n', out);
	for (k = 0; k < s->n_streams; k++)
		stream_tell(&s->stream[k], k, out);
	if (!fclose(out))
		fwrite(text, 1, size, stdout);
	free(text);
}
