/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every byte of a trial's frame against what pktgen sends: the setting "verify" of a trial (0 or 1). Without it the sink
 * believes a frame by its length, magic, port and sequence number alone.
 *
 * Fields that pktgen fills anew for each frame cannot be predicted: the IP identification is checked by the header's checksum, the
 * sequence number by its range, the time stamp by its microseconds alone.
 */
#ifndef RXLAB_VERIFY_H
#define RXLAB_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/record/trial_spec.h"

#define VERIFY_SENDERS 2

struct verify {
	bool on;
	uint8_t dst_mac[6];
	uint8_t src_mac[VERIFY_SENDERS][6];
	uint16_t flows; /* UDP destination ports */
};

bool verify_wanted(const struct trial *t);
int verify_check(const struct trial *t, struct err *e); /* -EINVAL when the setting is neither 0 nor 1 */
/* caplen: at least SINK_HEAD_BYTES; a frame that was cut is not what was sent. len: of the whole frame, without FCS. */
bool verify_frame(const struct verify *v, const uint8_t *frame, uint32_t caplen, uint32_t len);

#endif
