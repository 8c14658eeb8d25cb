// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libpcap's calls answer of a device:
 *
 *   answers created|activated DEVICE
 *
 * One line a call, without the device's name: for two devices they can be compared. `created`: before pcap_activate().
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pcap_t *p;

static void says(const char *call, long answer)
{
	printf("%s: %ld %s\n", call, answer,
	       answer < 0 && answer != PCAP_WARNING_TSTAMP_TYPE_NOTSUP ? pcap_geterr(p) : "");
}

#define SAYS(call) says(#call, call)

static void settings(void)
{
	SAYS(pcap_set_snaplen(p, 100));
	SAYS(pcap_set_promisc(p, 1));
	SAYS(pcap_set_rfmon(p, 0));
	SAYS(pcap_can_set_rfmon(p));
	SAYS(pcap_set_timeout(p, 20));
	SAYS(pcap_set_buffer_size(p, 0));
	SAYS(pcap_set_buffer_size(p, -5));
	SAYS(pcap_set_buffer_size(p, 1 << 20));
	SAYS(pcap_set_immediate_mode(p, 1));
	SAYS(pcap_set_tstamp_type(p, PCAP_TSTAMP_HOST));
	SAYS(pcap_set_tstamp_type(p, -1));
	SAYS(pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO));
	SAYS(pcap_set_tstamp_precision(p, 17));
	SAYS(pcap_set_tstamp_precision(p, -1));
	SAYS(pcap_get_tstamp_precision(p));
	SAYS(pcap_set_protocol_linux(p, 0));
}

static void what_it_is(void)
{
	SAYS(pcap_snapshot(p));
	SAYS(pcap_datalink(p));
	SAYS(pcap_datalink_ext(p));
	SAYS(pcap_set_datalink(p, DLT_RAW));
	SAYS(pcap_set_datalink(p, 12345));
	SAYS(pcap_is_swapped(p));
	SAYS(pcap_major_version(p));
	SAYS(pcap_minor_version(p));
	SAYS(pcap_file(p) != NULL);
	SAYS(pcap_fileno(p) >= 0);
	SAYS(pcap_get_selectable_fd(p) >= 0);
	SAYS(pcap_get_required_select_timeout(p) != NULL);
	SAYS(pcap_bufsize(p) > 0);
}

static void nothing(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)user;
	(void)header;
	(void)data;
}

static void reading(void)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	struct pcap_pkthdr *header, first;
	const u_char *data;

	SAYS(pcap_setnonblock(p, 1, err));
	SAYS(pcap_getnonblock(p, err));
	SAYS(pcap_dispatch(p, 1, nothing, NULL));
	SAYS(pcap_next_ex(p, &header, &data));
	SAYS(pcap_next(p, &first) != NULL);
	SAYS(pcap_setnonblock(p, 0, err));
	SAYS(pcap_getnonblock(p, err));
	pcap_breakloop(p); /* it does not end libpcap's loop where that does not block */
	SAYS(pcap_loop(p, 1, nothing, NULL));
}

static void doing(void)
{
	struct bpf_program program = { 0 };
	struct pcap_stat stats;
	pcap_dumper_t *file;

	SAYS(pcap_compile(p, &program, "udp", 1, 0));
	SAYS(pcap_setfilter(p, &program));
	SAYS(pcap_compile(p, &program, "no such word", 1, 0));
	SAYS(pcap_setdirection(p, PCAP_D_IN));
	SAYS(pcap_setdirection(p, (pcap_direction_t)7));
	SAYS(pcap_stats(p, &stats));
	file = pcap_dump_open(p, "/dev/null");
	says("pcap_dump_open", file != NULL);
	if (file)
		pcap_dump_close(file);
	SAYS(pcap_dump_open_append(p, "/nosuch/file") != NULL);
}

int main(int argc, char **argv)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	int activated = argc == 3 && !strcmp(argv[1], "activated");

	p = argc == 3 ? pcap_create(argv[2], err) : NULL;
	if (!p) {
		printf("no device: %s\n", err);
		return 1;
	}
	if (activated) {
		pcap_set_snaplen(p, 100);
		SAYS(pcap_activate(p));
		SAYS(pcap_activate(p));
	}
	settings();
	what_it_is();
	reading();
	doing();
	SAYS(pcap_inject(p, "", 0) < 0);
	SAYS(pcap_sendpacket(p, (const u_char *)"", -1) < 0);
	pcap_close(p);
	return 0;
}
