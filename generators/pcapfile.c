// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generators/pcapfile.h"
#include "harness/record/trial_spec.h"

/* Where the next frame goes. */
struct loading {
	struct pcapfile *to;
	const char *path;
	size_t room, bytes, bytes_room;
	struct err *e;
};

bool pcapfile_is(const char *path)
{
	/* pcap of microseconds, of nanoseconds, either byte order; pcapng's first block. */
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a };
	FILE *in = fopen(path, "re");
	uint32_t magic = 0;
	bool is = false;
	size_t i;

	if (!in)
		return false;
	if (fread(&magic, sizeof(magic), 1, in) == 1)
		for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			is |= magic == magics[i];
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

static int add(struct loading *l, const struct pcap_pkthdr *h, const uint8_t *data)
{
	struct pcapfile *f = l->to;
	/* With the precision that was asked for, tv_usec holds nanoseconds. */
	uint64_t ns = (uint64_t)h->ts.tv_sec * 1000000000 + (uint64_t)h->ts.tv_usec;
	int r;

	if (f->n == COUNT_LIMIT)
		return err_set(l->e, -EFBIG, "%s: more than %llu frames", l->path, COUNT_LIMIT);
	if (f->n && ns < f->frames[f->n - 1].ns)
		return err_set(l->e, -EINVAL, "%s: frame %zu is earlier than the one before it", l->path, f->n + 1);
	r = grow((void **)&f->frames, &l->room, f->n + 1, sizeof(*f->frames), l);
	r = r ? r : grow((void **)&f->bytes, &l->bytes_room, l->bytes + h->caplen, 1, l);
	if (r)
		return r;
	memcpy(f->bytes + l->bytes, data, h->caplen);
	f->frames[f->n++] = (struct pcapfile_frame) { ns, h->caplen, h->len, l->bytes };
	l->bytes += h->caplen;
	return 0;
}

static int load_all(struct loading *l, pcap_t *p)
{
	struct pcap_pkthdr *h;
	const uint8_t *data;
	int r = 0, got;

	while (!r && (got = pcap_next_ex(p, &h, &data)) == 1)
		r = add(l, h, data);
	if (r)
		return r;
	if (got != PCAP_ERROR_BREAK)
		return err_set(l->e, -EINVAL, "%s: behind frame %zu: %s", l->path, l->to->n, pcap_geterr(p));
	return l->to->n ? 0 : err_set(l->e, -EINVAL, "%s: no frames", l->path);
}

static int check_link(pcap_t *p, const char *path, struct err *e)
{
	int link = pcap_datalink(p);
	const char *name = pcap_datalink_val_to_name(link);

	if (link == DLT_EN10MB)
		return 0;
	return err_set(e, -EINVAL, "%s: link type %s (%d), only Ethernet (1) can be sent", path,
		       name ? name : "unknown", link);
}

int pcapfile_load(struct pcapfile *f, const char *path, bool ethernet, struct err *e)
{
	struct loading l = { .to = f, .path = path, .e = e };
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p;
	int r;

	*f = (struct pcapfile) { .n = 0 };
	p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!p)
		return err_set(e, -EINVAL, "%s: no capture file: %s", path, why);
	r = ethernet ? check_link(p, path, e) : 0;
	r = r ? r : load_all(&l, p);
	pcap_close(p);
	if (r)
		pcapfile_free(f);
	return r;
}

void pcapfile_free(struct pcapfile *f)
{
	free(f->frames);
	free(f->bytes);
	*f = (struct pcapfile) { .n = 0 };
}
