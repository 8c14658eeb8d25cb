// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap's functions, for devices of ours: what the device is. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture-impls/ykvm/pcap/handle.h"

/* An answer that a device has when it is activated. */
#define ANSWER(function, value)                                           \
	int function(pcap_t *p)                                           \
	{                                                                 \
		struct handle *h = handle_of(p);                          \
                                                                          \
		if (!h)                                                   \
			return FORWARD(function, PCAP_ERROR, p);          \
		return h->ring ? (int)(value) : PCAP_ERROR_NOT_ACTIVATED; \
	}

ANSWER(pcap_snapshot, h->snaplen)
ANSWER(pcap_datalink, DLT_EN10MB)
ANSWER(pcap_datalink_ext, 0)
ANSWER(pcap_is_swapped, 0)
ANSWER(pcap_major_version, 0) /* these two are a file's */
ANSWER(pcap_minor_version, 0)
ANSWER(pcap_bufsize, h->ring->setup.buffer_bytes) /* of a frame, as libpcap's rings have it */

int pcap_fileno(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? (h->ring ? h->ring->fd : PCAP_ERROR) : FORWARD(pcap_fileno, PCAP_ERROR, p);
}

int pcap_get_selectable_fd(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? (h->ring ? h->ring->fd : PCAP_ERROR) : FORWARD(pcap_get_selectable_fd, PCAP_ERROR, p);
}

char *pcap_geterr(pcap_t *p)
{
	static char none[] = "libykvm-pcap.so needs a libpcap, and there is none here";
	struct handle *h = handle_of(p);

	return h ? h->err : FORWARD(pcap_geterr, none, p);
}

void pcap_perror(pcap_t *p, const char *prefix)
{
	struct handle *h = handle_of(p);

	if (h)
		fprintf(stderr, "%s: %s\n", prefix, h->err);
	else
		FORWARD(pcap_perror, (void)0, p, prefix);
}

int pcap_list_datalinks(pcap_t *p, int **types)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_list_datalinks, PCAP_ERROR, p, types);
	if (!h->ring)
		return PCAP_ERROR_NOT_ACTIVATED;
	*types = malloc(sizeof(**types)); /* pcap_free_datalinks() frees it */
	if (!*types)
		return handle_said(h, PCAP_ERROR, "no memory");
	**types = DLT_EN10MB;
	return 1;
}

int pcap_set_datalink(pcap_t *p, int type)
{
	struct handle *h = handle_of(p);
	const char *name;

	if (!h)
		return FORWARD(pcap_set_datalink, PCAP_ERROR, p, type);
	if (h->ring && type == DLT_EN10MB)
		return 0;
	name = h->lib->pcap_datalink_val_to_name(type);
	if (name)
		snprintf(h->err, sizeof(h->err), "%s is not one of the DLTs supported by this device", name);
	else
		snprintf(h->err, sizeof(h->err), "DLT %d is not one of the DLTs supported by this device", type);
	return PCAP_ERROR;
}

/* Netmask for filters. A name that libpcap knows stays as it is. */
int pcap_lookupnet(const char *device, bpf_u_int32 *net, bpf_u_int32 *mask, char *errbuf)
{
	struct device d;

	if (device_parse(device, &d, errbuf) == 1)
		device = d.ifname;
	return FORWARD(pcap_lookupnet, PCAP_ERROR, device, net, mask, errbuf);
}
