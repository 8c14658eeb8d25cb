// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "harness/sink.h"
#include "harness/wire.h"

#define PCAP_MAGIC_US 0xa1b2c3d4u

struct pcap_head {
	uint32_t magic, version, zone, accuracy, snaplen, linktype;
};

struct pcap_record {
	uint32_t sec, usec, caplen, len;
};

int wire_open(struct wire *w, const char *path, struct err *e)
{
	struct pcap_head h;

	w->in = fopen(path, "re");
	if (!w->in)
		return err_sys(e, "%s", path);
	if (fread(&h, sizeof(h), 1, w->in) != 1 || h.magic != PCAP_MAGIC_US)
		return err_set(e, -EPROTO, "%s: not what QEMU's filter-dump writes", path);
	return 0;
}

bool wire_next(struct wire *w, struct wire_frame *f)
{
	struct pcap_record r;
	uint8_t bytes[128];
	uint32_t magic, seq;
	uint16_t port;

	if (fread(&r, sizeof(r), 1, w->in) != 1 || r.caplen > sizeof(bytes) ||
	    fread(bytes, 1, r.caplen, w->in) != r.caplen)
		return false;
	*f = (struct wire_frame) { .ns = r.sec * 1000000000ULL + r.usec * 1000ULL };
	if (r.caplen < SINK_OFF_STAMP)
		return true;
	memcpy(&magic, bytes + SINK_OFF_MAGIC, sizeof(magic));
	memcpy(&seq, bytes + SINK_OFF_SEQ, sizeof(seq));
	memcpy(&port, bytes + SINK_OFF_PORT, sizeof(port));
	f->magic = magic == htonl(SINK_MAGIC);
	f->sender = ntohs(port) - SINK_PORT;
	f->seq = ntohl(seq);
	return true;
}

void wire_close(struct wire *w)
{
	if (w->in)
		fclose(w->in);
	w->in = NULL;
}
