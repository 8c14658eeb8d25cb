/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer of every model of one queue. L = X W, and X E[S] = 1 - p0, hold for each. */
#ifndef RXLAB_QUEUE_H
#define RXLAB_QUEUE_H

struct queue {
	double p0; /* share of time with nothing in the system */
	double loss; /* share of the offered packets that find no room */
	double L; /* mean number in the system */
	double W; /* mean time in the system of an accepted packet */
	double Lq, Wq; /* the same, waiting only */
	double X; /* throughput */
};

#endif
