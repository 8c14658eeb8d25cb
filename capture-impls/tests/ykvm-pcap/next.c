// SPDX-License-Identifier: GPL-2.0-or-later
/* Preloaded behind or before ours: stands in front of libpcap, too, and calls on whoever comes next. */
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <stdio.h>

pcap_t *pcap_open_live(const char *device, int snaplen, int promisc, int to_ms, char *errbuf)
{
	__typeof__(&pcap_open_live) next;

	*(void **)&next = dlsym(RTLD_NEXT, "pcap_open_live");
	printf("next: ");
	return next(device, snaplen, promisc, to_ms, errbuf);
}
