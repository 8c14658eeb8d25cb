/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the models need of a record: one measured point. Unknown is NAN.
 */
#ifndef RXLAB_POINT_H
#define RXLAB_POINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/util/err.h"

struct point {
	char id[32];
	char capture[32];
	char title[64]; /* capture, and its arrivals where they are not even: "libpcap poisson" */
	char generator[32]; /* "" in a record that does not name it */
	char base[32]; /* of a capture made from another one; "" if it is not */
	char *variant; /* capture, base and every setting but rx_usecs */
	char *family; /* owner of a cost: the capture at heart and all knobs except the NIC's and NAPI's timer */
	bool ok; /* status of the record */
	bool lab; /* in the lab, whose NIC is known (nic.h) */
	bool as_is; /* its NIC is QEMU's unmodified model, not the chip */
	bool virtual_clock;
	double frame_bytes;
	double asked_pps; /* NAN = as fast as the sender goes */
	double sent;
	double achieved_pps;
	double duration_ns; /* first to last frame at the sender */
	double carried; /* ledger.delivered */
	double first_drop; /* index on the wire, from 0 */
	double busy_ns; /* DUT outside idle, fire to drained: instructions on the virtual clock */
	double total_ns; /* fire to drained */
	double dut_share;
	double interrupts;
	double polls;
	double switches; /* from thread to thread */
	double lost_at_nic; /* frames that found no descriptor */
	double latency_mean_ns;
	double rx_ring; /* descriptors */
	double rx_usecs; /* as set at the NIC; NAN when the driver moves it by load */
	double defer_ns; /* how long NAPI polls by timer before it arms the interrupt again; 0 = it arms at once */
};

struct points {
	struct point *p;
	size_t n;
};

/* point.variant of a record's spec, or of a trial that is none yet; base: "" where there is none. NULL: no memory. The
 * rule of harness/analysis/conditions.py, which results/fixtures/rules.json holds both to. */
char *point_variant(const char *capture, const char *base, const json_t *spec);
/* Reads DIR/trials.jsonl, sorted by capture, variant, frame, rx_usecs, rate; on failure nothing is left to free.
 * Messages name file:line and key. */
int points_read(const char *dir, struct points *points, struct err *e);
void points_free(struct points *points);

#endif
