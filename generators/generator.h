/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a generator. A generator is believed only for what it says
 * after the stop; what it did not send is never loss.
 *
 * Life:  probe() -> arm() -> fire() -> wait() -> stop() -> report() -> disarm()
 */
#ifndef RXLAB_GENERATOR_H
#define RXLAB_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "generators/settings.h"
#include "harness/meters/thread.h"
#include "harness/record/outcome.h"
#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/sink/sink.h"
#include "harness/util/err.h"

#define SENDERS_MAX 2

enum generator_caps {
	GENERATOR_SENDS_NOTHING = 1, /* so there is no rate, and nothing to be offered */
	GENERATOR_XDP =
		2, /* frames leave by XDP redirection: a veth counts one that found its ring full at both ends */
};

/* Where the senders are and whom they send to. Two may share an interface. */
struct generator_place {
	uint32_t senders;
	const char *ifname[SENDERS_MAX];
	uint32_t cpu[SENDERS_MAX];
	uint8_t dst_mac[6]; /* not the DUT's own: a monitor sees foreign addresses */
};

struct generator {
	const struct generator_ops *ops;
	const struct trial *trial;
	const struct generator_place *place;
	/* Called right before frames may leave; the last call before the first frame is where the trial begins. */
	void (*starting)(void *arg);
	void *starting_arg;
	uint64_t
		sends; /* frames, of all senders; the trial's count, but for an injected fault that makes them fall short */
	enum metering metering; /* of a sending thread of ours */
	struct thread_used metered[SENDERS_MAX]; /* unknown where there is none: pktgen's are the kernel's */
	void *priv;
	struct err err;
};

/* All hooks are called where the senders' interfaces are; a thread that a hook starts stays there. */
struct generator_ops {
	const char *name;
	const char *summary;
	unsigned int caps; /* of enum generator_caps */
	const struct generator_setting *settings; /* ends with a NULL name; NULL if none */
	int (*probe)(struct err *why); /* NULL = always */
	const char *guest_cannot; /* why it cannot send in the lab's guest; NULL: it can */
	/* Do settings, each in its range, fit each other and the trial? On the host, when it is planned. NULL = always. */
	int (*check)(const struct trial *t, struct err *e);
	/* The file of such a setting, by its path, before it is taken. NULL if there are none. */
	int (*check_file)(const char *path, struct err *e);
	/* Bytes of the trial's frames without FCS, in turn, where they differ: malloc'd, *n of them. NULL: frame_bytes each. */
	int (*lengths)(const struct trial *t, uint16_t **lengths, uint32_t *n, struct err *e);
	/* The flows of the trial's frames, in turn: f->of malloc'd. NULL: they are numbered by the setting flows, one without it. */
	int (*flows)(const struct trial *t, struct sink_flows *f, struct err *e);
	int (*arm)(struct generator *g); /* mandatory: everything but the start; every write read back */
	int (*fire)(struct generator *g); /* mandatory: starts; may return before all is sent */
	/* Mandatory: sleeps until all was sent, without work on a sender's CPU; -ETIMEDOUT after timeout_ns. */
	int (*wait)(struct generator *g, uint64_t timeout_ns);
	int (*stop)(struct generator *g); /* mandatory: stops what still runs; safe when nothing does */
	int (*report)(struct generator *g, struct outcome *o); /* mandatory: what was really sent */
	void (*disarm)(struct generator *g); /* never fails; safe after a failed arm */
};

extern const struct generator_ops *const generators[]; /* ends with NULL */
const struct generator_ops *generator_find(const char *name);
uint64_t generator_setting(const struct trial *t,
			   const char *name); /* as the trial has it, or the initial value; 0: there is none */
int generator_check(const struct trial *t, struct err *e); /* settings known, values in range, fitting each other */
/* --rate own becomes the rate of the trial's file, at gen.speed percent of it, which is no setting any more then. */
int generator_settle(struct trial *t, struct err *e);
bool generator_file_key(const char *key); /* "gen.trace": a setting of some generator that is a file */
int generator_file_check(const char *key, const char *path, struct err *e);
const char *inputs_of_trial(const struct trial *t); /* the hash of the file that it reads, or NULL */
/* Frames a second that are asked: rate_pps, or exactly the file's; 0: max. */
double generator_rate(const struct trial *t);
bool generator_constant(const struct trial *t); /* paced, and all gaps of a sender are one */
bool generator_schedules(const struct trial *t); /* it has a time for each frame: generators/schedule.h */
bool generator_repeats(const struct trial *t); /* frames of this trial share sequence numbers */

#endif
