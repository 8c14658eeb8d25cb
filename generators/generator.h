/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a generator. Only what a generator reports after the stop is
 * believed; what it did not send is never loss.
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
	GENERATOR_SENDS_NOTHING = 1, /* no rate, and nothing offered */
	GENERATOR_XDP =
		2, /* frames leave by XDP redirection: if the ring is full, a veth counts the frame at both ends */
};

/* Where the senders are, and where they send to. Two may share an interface. */
struct generator_place {
	uint32_t senders;
	const char *ifname[SENDERS_MAX];
	uint32_t cpu[SENDERS_MAX];
	uint8_t dst_mac[6]; /* not the DUT's own: a monitor sees frames for other machines */
};

struct generator {
	const struct generator_ops *ops;
	const struct trial *trial;
	const struct generator_place *place;
	/* Called right before frames may leave; the trial begins at the last call before the first frame. */
	void (*starting)(void *arg);
	void *starting_arg;
	uint64_t sends; /* frames, of all senders: the trial's count, or fewer under an injected fault */
	enum metering metering; /* for sending threads of this process */
	struct thread_used metered[SENDERS_MAX]; /* unknown without such threads: pktgen's belong to the kernel */
	void *priv;
	struct err err;
};

/* All hooks run in the network namespace of the senders' interfaces, and so do the threads that they start. */
struct generator_ops {
	const char *name;
	const char *summary;
	unsigned int caps; /* of enum generator_caps */
	const struct generator_setting *settings; /* ends with a NULL name; NULL if none */
	int (*probe)(struct err *why); /* NULL = always */
	const char *cannot_mix; /* one sentence: why it cannot send a mix of sizes; NULL: it can */
	const char *guest_cannot; /* why it cannot send in the lab's guest; NULL: it can */
	/* Do the settings, each in its range, fit each other and the trial? Called on the host. NULL = always. */
	int (*check)(const struct trial *t, struct err *e);
	/* Checks the file of a setting, by its path, before it is copied. NULL if no setting is a file. */
	int (*check_file)(const char *path, struct err *e);
	/* If frame lengths differ: bytes without FCS, used in turn, malloc'd, *n of them. NULL: all frame_bytes. */
	int (*lengths)(const struct trial *t, uint16_t **lengths, uint32_t *n, struct err *e);
	/* The frames' flows, used in turn; f->of is malloc'd. NULL: as the setting flows says, else one flow. */
	int (*flows)(const struct trial *t, struct sink_flows *f, struct err *e);
	int (*arm)(struct generator *g); /* mandatory: prepares everything but the start; reads every write back */
	int (*fire)(struct generator *g); /* mandatory: starts; may return before all is sent */
	/* Mandatory: sleeps, off the senders' CPUs, until all is sent; -ETIMEDOUT after timeout_ns. */
	int (*wait)(struct generator *g, uint64_t timeout_ns);
	int (*stop)(struct generator *g); /* mandatory: stops what still runs; safe if nothing does */
	int (*report)(struct generator *g, struct outcome *o); /* mandatory: what was really sent */
	void (*disarm)(struct generator *g); /* never fails; safe after a failed arm */
};

extern const struct generator_ops *const generators[]; /* ends with NULL */
const struct generator_ops *generator_find(const char *name);
uint64_t generator_setting(const struct trial *t,
			   const char *name); /* the trial's value, or the initial one; 0: no such setting */
int generator_check(const struct trial *t, struct err *e); /* settings known, values in range, fitting each other */
/* Replaces --rate own by gen.speed percent of the file's rate, and removes gen.speed if that is a whole number. */
int generator_settle(struct trial *t, struct err *e);
bool generator_file_key(const char *key); /* is this a setting whose value is a file, like "gen.trace"? */
int generator_file_check(const char *key, const char *path, struct err *e);
const char *inputs_of_trial(const struct trial *t); /* the hash of the file that it reads, or NULL */
/* Frames a second that the trial asks for: rate_pps, or exactly the file's rate; 0: max. */
double generator_rate(const struct trial *t);
bool generator_constant(const struct trial *t); /* paced, with equal gaps for each sender */
bool generator_schedules(const struct trial *t); /* each frame has its own time: generators/schedule.h */
bool generator_repeats(const struct trial *t); /* frames of this trial share sequence numbers */

#endif
