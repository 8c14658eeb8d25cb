// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls of libpcap that neither tcpdump nor tshark makes, on a device of
 * libykvm-pcap.so, which is preloaded.
 *
 *   guest_pcap_calls SENDER DUT
 *
 * One line a test; exit 0: none failed.
 */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define FRAME 60
#define SNAPLEN 40

static int failed;

static void verdict(int good, const char *what)
{
	printf("%sok - %s\n", good ? "" : "not ", what);
	failed += !good;
}

static u_char frame[FRAME] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

/* And gives them the time to come in. */
static void send_some(pcap_t *from, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		frame[14] = (u_char)i;
		pcap_sendpacket(from, frame, FRAME);
	}
	usleep(100000);
}

static int readable(pcap_t *p)
{
	struct pollfd f = { .fd = pcap_get_selectable_fd(p), .events = POLLIN };

	return poll(&f, 1, 2000) == 1 && f.revents & POLLIN;
}

static void count(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	int *n = (int *)user;

	if (h->len == FRAME && h->caplen == SNAPLEN && data[13] == 0xb5 && data[14] == *n)
		(*n)++;
}

static void break_off(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	(void)h;
	(void)data;
	pcap_breakloop((pcap_t *)user);
}

static pcap_t *open_ours(const char *dut)
{
	char device[64], err[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	snprintf(device, sizeof(device), "ykvm-tap:%s", dut);
	p = pcap_create(device, err);
	if (!p)
		return NULL;
	if (pcap_set_snaplen(p, SNAPLEN) || pcap_set_promisc(p, 1) || pcap_set_timeout(p, 50) ||
	    pcap_set_buffer_size(p, 1 << 20) || pcap_activate(p)) {
		printf("# %s\n", pcap_geterr(p));
		pcap_close(p);
		return NULL;
	}
	return p;
}

static void describes_itself(pcap_t *p)
{
	int *types = NULL, n = pcap_list_datalinks(p, &types);

	verdict(n == 1 && types[0] == DLT_EN10MB && pcap_datalink(p) == DLT_EN10MB, "it is Ethernet");
	pcap_free_datalinks(types);
	verdict(pcap_set_datalink(p, DLT_NULL) < 0 && pcap_geterr(p)[0] && !pcap_set_datalink(p, DLT_EN10MB),
		"and nothing else");
	verdict(pcap_snapshot(p) == SNAPLEN, "snap length as set");
	verdict(pcap_set_snaplen(p, 10) == PCAP_ERROR_ACTIVATED && pcap_activate(p) == PCAP_ERROR_ACTIVATED,
		"nothing is set after activation");
	verdict(pcap_setdirection(p, PCAP_D_IN) == 0 && pcap_setdirection(p, PCAP_D_OUT) < 0, "frames come in only");
}

static void does_not_block(pcap_t *p, pcap_t *from)
{
	char err[PCAP_ERRBUF_SIZE];
	int n = 0;

	verdict(pcap_setnonblock(p, 1, err) == 0 && pcap_getnonblock(p, err) == 1, "non-blocking");
	verdict(pcap_dispatch(p, -1, count, (u_char *)&n) == 0, "nothing there: 0, at once");
	send_some(from, 5);
	verdict(readable(p), "its descriptor tells of frames");
	verdict(pcap_dispatch(p, 3, count, (u_char *)&n) == 3 && n == 3, "as many as asked for");
	verdict(pcap_dispatch(p, -1, count, (u_char *)&n) == 2 && n == 5, "and then the rest");
	pcap_setnonblock(p, 0, err);
}

static void one_by_one(pcap_t *p, pcap_t *from)
{
	struct pcap_pkthdr *h, header;
	const u_char *data;
	int good;

	send_some(from, 2);
	good = pcap_next_ex(p, &h, &data) == 1 && h->caplen == SNAPLEN && data[14] == 0;
	verdict(good, "pcap_next_ex");
	data = pcap_next(p, &header);
	verdict(data && header.len == FRAME && data[14] == 1, "pcap_next");
	verdict(pcap_next_ex(p, &h, &data) == 0, "pcap_next_ex: 0 when the timeout is over");
}

static void breaks_off(pcap_t *p, pcap_t *from)
{
	int n = 0;

	send_some(from, 4);
	verdict(readable(p), "frames to break off from");
	verdict(pcap_loop(p, 4, break_off, (u_char *)p) == PCAP_ERROR_BREAK, "pcap_loop ends by pcap_breakloop");
	n = 1;
	verdict(pcap_loop(p, 3, count, (u_char *)&n) == 0 && n == 4, "frames that were not called back come later");
	pcap_breakloop(p);
	verdict(pcap_dispatch(p, -1, count, (u_char *)&n) == PCAP_ERROR_BREAK, "a break before the call ends it");
}

static void counts(pcap_t *p)
{
	struct pcap_stat s;

	verdict(pcap_stats(p, &s) == 0 && s.ps_recv == 11 && s.ps_drop == 0, "all were counted");
}

/* What is sent on our device comes out on the wire, where libpcap itself sees it. */
static void sends(pcap_t *p, pcap_t *plain)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int ret, tries = 20, seen = 0;

	frame[14] = 0x77;
	verdict(pcap_inject(p, frame, FRAME) == FRAME, "pcap_inject");
	while (!seen && tries-- > 0 && (ret = pcap_next_ex(plain, &h, &data)) >= 0)
		seen = ret == 1 && h->caplen == FRAME && data[14] == 0x77;
	verdict(seen, "and the frame is on the wire");
}

int main(int argc, char **argv)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *plain, *p;

	if (argc != 3)
		return 2;
	plain = pcap_open_live(argv[1], 65535, 1, 50, err);
	p = open_ours(argv[2]);
	verdict(plain && p, "both devices open, ours and libpcap's");
	if (!plain || !p)
		return 1;
	describes_itself(p);
	does_not_block(p, plain);
	one_by_one(p, plain);
	breaks_off(p, plain);
	counts(p);
	sends(p, plain);
	pcap_close(p);
	pcap_close(plain);
	return failed > 0;
}
