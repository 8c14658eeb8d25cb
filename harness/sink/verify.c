// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/record/settings.h"
#include "harness/sink/sink.h"
#include "harness/sink/verify.h"

enum { OFF_TYPE = 12, OFF_IP = 14, OFF_UDP = 34, IP_BYTES = 20 };

bool verify_wanted(const struct trial *t)
{
	const char *text = trial_get(t, VERIFY_KEY);

	return text && !strcmp(text, "1");
}

int verify_check(const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, VERIFY_KEY);

	if (!text || !strcmp(text, "0") || !strcmp(text, "1"))
		return 0;
	return err_set(e, -EINVAL, VERIFY_KEY "=%s: must be 0 or 1", text);
}

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* The sum over a header including its checksum: 0xffff if the header is unaltered. */
static uint32_t ip_sum(const uint8_t *ip)
{
	uint32_t sum = 0, i;

	for (i = 0; i < IP_BYTES; i += 2)
		sum += be16(ip + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool ip_is_sent(const uint8_t *ip, uint32_t k, uint32_t len)
{
	const uint8_t fixed[] = { 0x45, 0 }, lifetime[] = { 32, 17 };
	const uint8_t addresses[] = { 198, 18, 0, (uint8_t)(k + 1), 198, 19, 0, 1 };

	return !memcmp(ip, fixed, sizeof(fixed)) && be16(ip + 2) == len - OFF_IP && be16(ip + 6) == 0 &&
	       !memcmp(ip + 8, lifetime, sizeof(lifetime)) && ip_sum(ip) == 0xffff &&
	       !memcmp(ip + 12, addresses, sizeof(addresses));
}

static bool udp_is_sent(const struct verify *v, const uint8_t *udp, uint32_t len)
{
	uint32_t port = be16(udp + 2);

	return port >= 9 && port < 9u + v->flows && be16(udp + 4) == len - OFF_UDP && be16(udp + 6) == 0;
}

static bool stamp_is_sent(const uint8_t *frame)
{
	uint32_t usec;

	memcpy(&usec, frame + SINK_OFF_STAMP + 4, sizeof(usec));
	return ntohl(usec) < 1000000;
}

bool verify_frame(const struct verify *v, const uint8_t *frame, uint32_t caplen, uint32_t len)
{
	uint32_t i, k = be16(frame + SINK_OFF_PORT) - SINK_PORT;

	if (caplen < len || k >= VERIFY_SENDERS || memcmp(frame, v->dst_mac, 6) || memcmp(frame + 6, v->src_mac[k], 6))
		return false;
	if (be16(frame + OFF_TYPE) != 0x0800 || !ip_is_sent(frame + OFF_IP, k, len) ||
	    !udp_is_sent(v, frame + OFF_UDP, len) || !stamp_is_sent(frame))
		return false;
	for (i = SINK_HEAD_BYTES; i < caplen; i++)
		if (frame[i])
			return false;
	return true;
}
