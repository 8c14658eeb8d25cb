/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame that every generator sends: pktgen's format, read by harness/sink/sink.h. For those that build frames. */
#ifndef RXLAB_FRAME_H
#define RXLAB_FRAME_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "harness/sink/sink.h"
#include "harness/record/trial_spec.h"

#define FRAME_ROOM (FRAME_BYTES_MAX - FCS_BYTES)
#define FRAME_TTL 32

/* What a frame from a capture file keeps in our header; all in network byte order. */
struct frame_kept {
	uint32_t saddr, daddr;
	uint16_t port; /* destination */
	uint8_t tos, ttl;
};

/* bytes: length without FCS. k: the sender's number. Sequence number and stamp stay 0. */
void frame_build(uint8_t frame[FRAME_ROOM], uint32_t bytes, uint32_t k, const uint8_t src_mac[6],
		 const uint8_t dst_mac[6]);

/*
 * Turns a frame from a capture file into one of ours, bytes long: it keeps `kept` and what follows our header. The rest
 * is as in frame_build().
 */
void frame_adopt(uint8_t *frame, uint32_t bytes, uint32_t k, const uint8_t src_mac[6], const uint8_t dst_mac[6],
		 const struct frame_kept *kept);

/* A time stamp (seconds, microseconds; harness/sink/sink.h) as it is stored in the frame. */
static inline uint64_t frame_stamp(uint64_t realtime_ns)
{
	uint64_t s = realtime_ns / 1000000000, us = realtime_ns % 1000000000 / 1000;

	return __builtin_bswap64(s << 32 | us);
}

static inline void frame_number(uint8_t *frame, uint32_t seq, uint64_t stamp)
{
	seq = htonl(seq);
	memcpy(frame + SINK_OFF_SEQ, &seq, sizeof(seq));
	memcpy(frame + SINK_OFF_STAMP, &stamp, sizeof(stamp));
}

#endif
