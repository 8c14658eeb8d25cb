// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generators/pcapfile.h"
#include "generators/pcapng.h"
#include "harness/record/trial_spec.h"
#include "harness/util/file.h"

#define ETHERNET 1
#define PCAP_FCS 0x04000000 /* flag in the link type: the upper four bits are then the FCS's length in 16-bit words */
#define TAG_BYTES 4
#define ADDRESSES 12

/* Where the next frame goes. */
struct loading {
	struct pcapfile *to;
	const char *path;
	bool ethernet;
	size_t room, bytes, bytes_room;
	struct err *e;
};

bool pcapfile_tag(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

bool pcapfile_is(const char *path)
{
	/* Known to libpcap, in either byte order: microseconds, nanoseconds, three by other programs; and pcapng. */
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xa1b234cd, 0xa12b3c4d, 0x0a0d0d0a };
	FILE *in = fopen(path, "re");
	uint32_t magic = 0;
	bool is = false;
	size_t i;

	if (!in)
		return false;
	if (fread(&magic, sizeof(magic), 1, in) == 1)
		for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			is |= magic == magics[i] || magic == __builtin_bswap32(magics[i]);
	fclose(in);
	return is;
}

static int grow(void **at, size_t *room, size_t wanted, size_t size, struct loading *l)
{
	size_t more = wanted > 2 * *room ? wanted : 2 * *room;
	void *bigger;

	if (wanted <= *room)
		return 0;
	bigger = reallocarray(*at, more, size);
	if (!bigger)
		return err_set(l->e, -ENOMEM, "%s: out of memory", l->path);
	*at = bigger;
	*room = more;
	return 0;
}

static uint32_t tags_of(const uint8_t *data, uint32_t caplen)
{
	uint32_t at = ADDRESSES;

	while (at + TAG_BYTES + 2 <= caplen && pcapfile_tag((uint16_t)(data[at] << 8 | data[at + 1])))
		at += TAG_BYTES;
	return at - ADDRESSES;
}

static int check_frame(const struct loading *l, const struct pcapng_frame *f)
{
	const char *name = pcap_datalink_val_to_name((int)f->link);
	size_t i = l->to->n + 1;

	if (l->to->n == COUNT_LIMIT)
		return err_set(l->e, -EFBIG, "%s: more than %llu frames", l->path, COUNT_LIMIT);
	if (l->ethernet && f->link != ETHERNET)
		return err_set(l->e, -EINVAL, "%s: frame %zu is of link type %s (%u), only Ethernet (1) can be sent",
			       l->path, i, name ? name : "unknown", f->link);
	if (!f->ns && !f->len && !f->caplen)
		return err_set(l->e, -EINVAL, "%s: frame %zu is nothing but zeroes: cut the file off in front of it",
			       l->path, i);
	return 0;
}

/* An FCS at the end is removed: the NIC adds its own. A frame is never shorter than what the file holds of it. */
static int add(void *arg, const struct pcapng_frame *f)
{
	struct loading *l = arg;
	struct pcapfile *to = l->to;
	uint32_t whole = f->len > f->caplen ? f->len : f->caplen;
	uint32_t len = whole > f->fcs ? whole - f->fcs : whole;
	uint32_t caplen = f->caplen < len ? f->caplen : len;
	int r = check_frame(l, f);

	r = r ? r : grow((void **)&to->frames, &l->room, to->n + 1, sizeof(*to->frames), l);
	/* One more, so that there are bytes where no frame has any. */
	r = r ? r : grow((void **)&to->bytes, &l->bytes_room, l->bytes + caplen + 1, 1, l);
	if (r)
		return r;
	memcpy(to->bytes + l->bytes, f->data, caplen);
	to->frames[to->n++] = (struct pcapfile_frame) {
		.ns = f->ns,
		.caplen = caplen,
		.len = len,
		.at = l->bytes,
		.tags = l->ethernet ? tags_of(f->data, caplen) : 0,
	};
	l->bytes += caplen;
	return 0;
}

static int load_all(struct loading *l, pcap_t *p)
{
	uint32_t ext = (uint32_t)pcap_datalink_ext(p);
	struct pcapng_frame f = {
		.link = (uint32_t)pcap_datalink(p),
		.fcs = ext & PCAP_FCS ? (ext >> 28) * 2 : 0,
	};
	struct pcap_pkthdr *h;
	int r = 0, got;

	while (!r && (got = pcap_next_ex(p, &h, &f.data)) == 1) {
		/* tv_usec holds nanoseconds, because the file was opened with that precision. */
		f.ns = (uint64_t)h->ts.tv_sec * 1000000000 + (uint64_t)h->ts.tv_usec;
		f.caplen = h->caplen;
		f.len = h->len;
		r = add(l, &f);
	}
	if (!r && got != PCAP_ERROR_BREAK)
		r = err_set(l->e, -EINVAL, "%s: behind frame %zu: %s", l->path, l->to->n, pcap_geterr(p));
	return r;
}

static int load_pcap(struct loading *l)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_offline_with_tstamp_precision(l->path, PCAP_TSTAMP_PRECISION_NANO, why);
	int r;

	if (!p)
		return err_set(l->e, -EINVAL, "%s: no capture file: %s", l->path, why);
	r = load_all(l, p);
	pcap_close(p);
	return r;
}

static int load_any(struct loading *l)
{
	size_t length;
	char *bytes;
	int r;

	bytes = file_slurp(l->path, &length);
	if (!bytes)
		return err_sys(l->e, "%s", l->path);
	if (pcapng_is((uint8_t *)bytes, length))
		r = pcapng_read((uint8_t *)bytes, length, l->path, add, l, l->e);
	else
		r = load_pcap(l);
	free(bytes);
	return r;
}

int pcapfile_load(struct pcapfile *f, const char *path, bool ethernet, struct err *e)
{
	struct loading l = { .to = f, .path = path, .ethernet = ethernet, .e = e };
	int r;

	*f = (struct pcapfile) { .n = 0 };
	r = load_any(&l);
	if (!r && !f->n)
		r = err_set(e, -EINVAL, "%s: no frames", path);
	if (r)
		pcapfile_free(f);
	return r;
}

static int earlier(const void *a, const void *b)
{
	const struct pcapfile_frame *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

int pcapfile_order(struct pcapfile *f, bool sort, struct err *e)
{
	size_t i;

	if (sort)
		qsort(f->frames, f->n, sizeof(*f->frames), earlier);
	for (i = 1; i < f->n; i++)
		if (f->frames[i].ns < f->frames[i - 1].ns)
			return err_set(e, -EINVAL,
				       "frame %zu is %llu ns earlier than the one before it: gen.sort=yes sorts them",
				       i + 1, (unsigned long long)(f->frames[i - 1].ns - f->frames[i].ns));
	return 0;
}

int pcapfile_fit(struct pcapfile *f, enum pcapfile_long what, uint32_t bytes, struct err *e)
{
	struct pcapfile_frame *frame;
	size_t i, n = 0;

	for (i = 0; i < f->n; i++) {
		frame = &f->frames[i];
		if (frame->len - frame->tags > bytes && what == PCAPFILE_REFUSE)
			return err_set(
				e, -EINVAL,
				"frame %zu has %u bytes with FCS, --frame %u allows no more: gen.long=cut or skip",
				i + 1, frame->len - frame->tags + FCS_BYTES, bytes + FCS_BYTES);
		if (frame->len - frame->tags > bytes && what == PCAPFILE_SKIP)
			continue;
		if (frame->len - frame->tags > bytes)
			frame->len = bytes + frame->tags;
		f->frames[n++] = *frame;
	}
	f->n = n;
	return n ? 0
		 : err_set(e, -EINVAL, "gen.long=skip: all of its frames are longer than --frame %u",
			   bytes + FCS_BYTES);
}

void pcapfile_free(struct pcapfile *f)
{
	free(f->frames);
	free(f->bytes);
	*f = (struct pcapfile) { .n = 0 };
}
