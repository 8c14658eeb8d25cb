// SPDX-License-Identifier: GPL-2.0-only
/* Does kcap count what was sent? Sizes, protocols, patterns, flows; taken from the stack or left to it. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest_kcap.h"

#define FRAME_MAX 9000

static struct kcap_stats stats(void)
{
	struct kcap_stats s;

	usleep(20000); /* what was sent has arrived */
	if (kcap_client_get(&g.other, g.in, &s) != 0)
		memset(&s, 0xff, sizeof(s));
	return s;
}

static uint64_t value(enum kcap_attr attr)
{
	return stats().values[attr];
}

static const struct {
	uint32_t bytes; /* without FCS */
	enum kcap_size size;
} sizes[] = { { 14, KCAP_SIZE_UNDER_64 },    { 59, KCAP_SIZE_UNDER_64 },    { 60, KCAP_SIZE_64 },
	      { 61, KCAP_SIZE_65_127 },	     { 123, KCAP_SIZE_65_127 },	    { 124, KCAP_SIZE_128_255 },
	      { 251, KCAP_SIZE_128_255 },    { 252, KCAP_SIZE_256_511 },    { 507, KCAP_SIZE_256_511 },
	      { 508, KCAP_SIZE_512_1023 },   { 1019, KCAP_SIZE_512_1023 },  { 1020, KCAP_SIZE_1024_1518 },
	      { 1514, KCAP_SIZE_1024_1518 }, { 1515, KCAP_SIZE_OVER_1518 }, { 9000, KCAP_SIZE_OVER_1518 } };

static void test_sizes(void)
{
	uint8_t f[FRAME_MAX] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 };
	uint64_t want[KCAP_SIZES] = { 0 }, bytes = 0, frames = 0;
	struct kcap_stats s;
	size_t i;

	attach(0);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		send_bytes(f, sizes[i].bytes, (int)i + 1);
		want[sizes[i].size] += i + 1;
		frames += i + 1;
		bytes += (i + 1) * (sizes[i].bytes + 4);
	}
	s = stats();
	IS(s.values[KCAP_A_FRAMES], frames, "frames as sent");
	IS(s.values[KCAP_A_BYTES], bytes, "bytes as sent, with FCS");
	for (i = 0; i < KCAP_SIZES; i++)
		IS(s.sizes[i], want[i], "frames of a size as sent");
	IS(s.protocols[KCAP_OTHER], frames, "no IP");
	IS(s.values[KCAP_A_INTERVALS] > 0, 1, "intervals pass");
	IS(s.values[KCAP_A_PEAK_BITS] > 0 && s.values[KCAP_A_PEAK_FRAMES] > 0, 1, "and have a peak");
	usleep(100000);
	IS(value(KCAP_A_RATE_BITS), 0, "an interval without frames: no bits");
	kcap_client_do(&g.owner, KCAP_CMD_RESET, g.in);
	s = stats();
	IS(s.values[KCAP_A_FRAMES] + s.values[KCAP_A_BYTES] + s.values[KCAP_A_PEAK_BITS], 0, "all is 0 after a reset");
	send_bytes(f, 60, 3);
	IS(value(KCAP_A_FRAMES), 3, "and goes on");
	detach();
}

static void test_protocols(void)
{
	uint8_t f[64];
	struct kcap_stats s;

	attach(0);
	send_bytes(f, udp(f, 1, false), 5);
	send_bytes(f, udp(f, 1, true), 3);
	udp(f, 1, false);
	f[23] = 6;
	send_bytes(f, 60, 4);
	f[20] = 0x20; /* more fragments */
	send_bytes(f, 60, 2);
	send_bytes(f, 30, 1); /* half a header */
	memcpy(f + 12, "\x08\x06", 2);
	send_bytes(f, 60, 7);
	s = stats();
	IS(s.protocols[KCAP_IPV4_UDP], 8, "UDP, tagged or not");
	IS(s.values[KCAP_A_TAGGED], 3, "tagged");
	IS(s.protocols[KCAP_IPV4_TCP], 6, "TCP");
	IS(s.values[KCAP_A_FRAGMENTS], 2, "fragments");
	IS(s.protocols[KCAP_MALFORMED], 1, "half a header is malformed");
	IS(s.protocols[KCAP_ARP], 7, "ARP");
	IS(s.values[KCAP_A_BYTES], 5 * 64 + 3 * 68 + 6 * 64 + 34 + 7 * 64, "bytes, the tag's too");
	detach();
}

/* Sent so that all behind the first `linear` bytes lies in pages. */
static void send_paged(const uint8_t *frame, uint32_t bytes, uint16_t linear)
{
	static uint8_t buf[sizeof(struct virtio_net_hdr) + FRAME_MAX];
	struct virtio_net_hdr *h = (void *)buf;
	int on = 1, off = 0;

	memset(h, 0, sizeof(*h));
	h->hdr_len = linear;
	memcpy(h + 1, frame, bytes);
	setsockopt(g.sender, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on));
	send_bytes(buf, sizeof(*h) + bytes, 1);
	setsockopt(g.sender, SOL_PACKET, PACKET_VNET_HDR, &off, sizeof(off));
}

static void plant(uint8_t *f, uint32_t bytes, uint32_t at)
{
	memset(f, 'N', bytes);
	memcpy(f + 12, "\x88\xb5", 2);
	if (at < bytes)
		memcpy(f + at, "NEEDLE", 6);
}

static void test_match(uint32_t algorithm)
{
	struct kcap_request r = request(KCAP_CMD_ATTACH);
	uint8_t f[FRAME_MAX];
	uint32_t at, linear;

	kcap_request_put(&r, KCAP_A_PATTERN, "NEEDLE", 6);
	kcap_request_u32(&r, KCAP_A_ALGORITHM, algorithm);
	IS(ask(&r), 0, "attach with a pattern");
	plant(f, 200, 200);
	send_bytes(f, 200, 9);
	IS(value(KCAP_A_MATCHED), 0, "no frame matches");
	for (at = 0; at <= 194; at += at == 6 ? 8 : 1) { /* not over the type */
		plant(f, 200, at);
		if (at < 7 || at > 13)
			send_bytes(f, 200, 1);
	}
	IS(value(KCAP_A_MATCHED), 194 - 14 + 1 + 7, "a match at every place, the MAC header's too");
	plant(f, 5000, 5000);
	send_paged(f, 5000, 100);
	IS(value(KCAP_A_MATCHED), 188, "no match in a frame in pieces");
	for (linear = 90; linear <= 100; linear++) {
		plant(f, 5000, 94);
		send_paged(f, 5000, (uint16_t)linear);
	}
	IS(value(KCAP_A_MATCHED), 199, "a match across two pieces");
	memset(f + 14, 'E', 1500);
	send_bytes(f, 1514, 1);
	IS(value(KCAP_A_MATCHED), 199, "text made to be slow");
	detach();
}

static void test_slow_text(void)
{
	struct kcap_request r = request(KCAP_CMD_ATTACH);
	uint8_t f[1514], pattern[64];

	memset(pattern, 'a', sizeof(pattern));
	pattern[0] = 'b';
	kcap_request_put(&r, KCAP_A_PATTERN, pattern, sizeof(pattern));
	ask(&r);
	plant(f, sizeof(f), sizeof(f));
	memset(f + 14, 'a', sizeof(f) - 14);
	send_bytes(f, sizeof(f), 1);
	IS(value(KCAP_A_MATCHED), 0, "text made against the pattern does not match");
	f[sizeof(f) - sizeof(pattern)] = 'b';
	send_bytes(f, sizeof(f), 1);
	IS(value(KCAP_A_MATCHED), 1, "and matches where it does");
	detach();
}

static void test_flows(void)
{
	struct kcap_request r = request(KCAP_CMD_ATTACH);
	struct kcap_flow_stats flows[8];
	uint32_t n = 0, i, right = 0;
	uint8_t f[64];
	struct kcap_stats s;

	kcap_request_u32(&r, KCAP_A_FLOWS, 4);
	kcap_request_put(&r, KCAP_A_HASH_KEY, "0123456789abcdef", KCAP_HASH_KEY_BYTES);
	IS(ask(&r), 0, "attach with room for 4 flows");
	for (i = 1; i <= 6; i++)
		send_bytes(f, udp(f, (uint16_t)i, false), (int)i);
	memcpy(f + 12, "\x08\x06", 2); /* in no flow */
	send_bytes(f, 60, 1);
	s = stats();
	IS(s.values[KCAP_A_FLOWS_USED], 4, "the table is full");
	IS(s.values[KCAP_A_FLOWS_FULL], 5 + 6, "frames without room are counted");
	IS(kcap_client_flows(&g.other, g.in, flows, 8, &n), 0, "flows are read");
	IS(n, 4, "as many as there are");
	for (i = 0; i < n && i < 4; i++)
		right += flows[i].dport == i + 1 && flows[i].frames == i + 1 && flows[i].bytes == 64 * (i + 1) &&
			 flows[i].proto == 17 && flows[i].sport == 0x1122 && flows[i].address_bytes == 4 &&
			 memcmp(flows[i].src, "\12\0\0\1", 4) == 0 && memcmp(flows[i].dst, "\12\0\0\2", 4) == 0;
	IS(right, 4, "each with its tuple and counts");
	IS(kcap_client_do(&g.owner, KCAP_CMD_RESET, g.in), 0, "reset");
	IS(value(KCAP_A_FLOWS_USED), 0, "empties the table");
	send_bytes(f, udp(f, 6, false), 1);
	IS(value(KCAP_A_FLOWS_USED), 1, "and there is room again");
	detach();
}

/* More flows than one message of a dump holds. */
static void test_many_flows(void)
{
	static struct kcap_flow_stats flows[3000];
	uint8_t f[64];
	uint32_t n = 0, i;
	uint64_t frames = 0;

	IS(attach_u32(KCAP_A_FLOWS, KCAP_FLOWS_MAX), 0, "attach with the largest table");
	for (i = 0; i < 3000; i++)
		send_bytes(f, udp(f, (uint16_t)i, false), 1);
	IS(value(KCAP_A_FLOWS_USED), 3000, "3000 flows");
	kcap_client_flows(&g.other, g.in, flows, 3000, &n);
	for (i = 0; i < n && i < 3000; i++)
		frames += flows[i].frames;
	IS(n, 3000, "all of them are read");
	IS(frames, 3000, "each once");
	detach();
}

/* Frames that a protocol's socket behind the handler gets. */
static int stack_gets(int n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5), .sll_ifindex = (int)g.in };
	uint8_t f[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5 }, got[100];
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), frames = 0;

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	send_bytes(f, sizeof(f), n);
	usleep(20000);
	while (recv(fd, got, sizeof(got), 0) > 0)
		frames++;
	close(fd);
	return frames;
}

static void test_tap(void)
{
	IS(stack_gets(5), 5, "the stack gets frames before");
	attach(0);
	IS(stack_gets(5), 0, "none while they are taken");
	IS(value(KCAP_A_FRAMES), 5, "which are counted");
	detach();
	attach(KCAP_FLAG_TAP);
	IS(stack_gets(5), 5, "all with a tap");
	IS(value(KCAP_A_FRAMES), 5, "which are counted too");
	detach();
}

/* The other half of guest_kcap. */
void test_counts(void)
{
	test_sizes();
	test_protocols();
	test_match(KCAP_HORSPOOL);
	test_match(KCAP_BM);
	test_match(KCAP_KMP);
	test_slow_text();
	test_flows();
	test_many_flows();
	test_tap();
}
