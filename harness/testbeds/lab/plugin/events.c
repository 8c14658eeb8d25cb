// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/sink/sink.h"
#include "harness/testbeds/lab/plugin/events.h"
#include "harness/testbeds/lab/plugin/registers.h"

#define ETH_BYTES 14
#define SEEN_BYTES (ETH_BYTES + SINK_OFF_STAMP)

static FILE *out;
static bool writing;

int events_open(const struct events *e)
{
	out = fopen(e->path, "w");
	if (!out)
		fprintf(stderr, "rxlab-tcg: %s: %s\n", e->path, strerror(errno));
	return !out;
}

/* Where the Ethernet header is: data is at it, or behind it. NULL: no frame of a trial. */
static const uint8_t *frame_of(const uint8_t seen[SEEN_BYTES + ETH_BYTES])
{
	const uint32_t magic = htonl(SINK_MAGIC);

	if (!memcmp(seen + SINK_OFF_MAGIC, &magic, sizeof(magic)))
		return seen;
	if (!memcmp(seen + ETH_BYTES + SINK_OFF_MAGIC, &magic, sizeof(magic)))
		return seen + ETH_BYTES;
	return NULL;
}

void events_probe(const struct events *e, const struct probe *p)
{
	uint64_t skb, data, caller = 0;
	uint8_t seen[SEEN_BYTES + ETH_BYTES];
	const uint8_t *frame;
	uint32_t seq;
	uint16_t port;

	if (!writing)
		return;
	skb = register_value(register_find(p->skb));
	if (!guest_read(skb + e->data_offset, &data, sizeof(data)) || !guest_read(data - ETH_BYTES, seen, sizeof(seen)))
		return;
	frame = frame_of(seen);
	if (!frame)
		return;
	guest_read(register_value(register_find("rsp")), &caller, sizeof(caller));
	memcpy(&seq, frame + SINK_OFF_SEQ, sizeof(seq));
	memcpy(&port, frame + SINK_OFF_PORT, sizeof(port));
	fprintf(out, "%s %u %u %" PRIx64 " %" PRIu64 "\n", p->name, ntohs(port) - SINK_PORT, ntohl(seq), caller,
		p->reason[0] == '-' ? 0 : register_value(register_find(p->reason)) & UINT32_MAX);
}

void events_begin(void)
{
	writing = out && !fseek(out, 0, SEEK_SET) && !ftruncate(fileno(out), 0);
}

void events_end(void)
{
	if (out)
		fflush(out);
	writing = false;
}
